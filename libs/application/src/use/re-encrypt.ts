import type { CallContext } from '../call-context.js';
import type { Decrypt } from './decrypt.js';
import type { Encrypt } from './encrypt.js';
import { assertAlgorithm, assertTakesContext, materialIdOf, noteContext, refuseDryRun, type UseRoad } from './road.js';
import type { ReEncryptInput, ReEncryptResult } from './types.js';

/** Moves a ciphertext to another key, version, context or algorithm; the plaintext never leaves. */
export class ReEncrypt {
  constructor(
    private readonly road: UseRoad,
    private readonly decrypt: Decrypt,
    private readonly encrypt: Encrypt,
  ) {}

  async execute(call: CallContext, input: ReEncryptInput): Promise<ReEncryptResult> {
    const { plaintext, usable: source } = await this.decrypt.open(call, {
      key: input.sourceKey,
      ciphertext: input.ciphertext,
      context: input.sourceContext,
      algorithm: input.sourceAlgorithm,
      version: null,
      action: 'kms:ReEncryptFrom',
      beforeUse: () => {},
    });
    try {
      const sourceVersion = source.subject.version.version;
      const sourceKey = source.subject.entry.attributes;
      const context = noteContext(call, input.destinationContext);
      const destination = await this.road.active(call, {
        key: input.destinationKey,
        action: 'kms:ReEncryptTo',
        usage: 'ENCRYPT_DECRYPT',
        use: 'protect',
      });
      const { entry, version } = destination.subject;
      assertAlgorithm(entry, 'encryption', input.destinationAlgorithm);
      assertTakesContext(entry, context);
      refuseDryRun(input.dryRun);
      const ciphertext = await this.encrypt.encrypt(
        destination,
        { algorithm: input.destinationAlgorithm, plaintext, dryRun: false },
        context,
      );
      call.facts.counts = true;
      call.facts.source = { keyId: sourceKey.keyId, version: sourceVersion };
      return {
        ciphertext,
        keyArn: entry.attributes.arn,
        version: version.version,
        sourceKeyArn: sourceKey.arn,
        sourceVersion,
        sourceMaterialId: materialIdOf(source.subject),
        materialId: materialIdOf(destination.subject),
        sourceAlgorithm: input.sourceAlgorithm,
        destinationAlgorithm: input.destinationAlgorithm,
      };
    } finally {
      plaintext.fill(0);
    }
  }
}
