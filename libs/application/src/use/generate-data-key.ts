import type { Ids } from '@claviger/platform';
import type { CallContext } from '../call-context.js';
import { assertAlgorithm, materialIdOf, noteContext, refuseDryRun, type UseRoad } from './road.js';
import { sealUnder } from './symmetric.js';
import type { GenerateDataKeyInput, GenerateDataKeyResult } from './types.js';
import type { UseReservations } from './use-reservations.js';

/** A fresh data key, in the clear and wrapped under the ACTIVE version with the caller's context. */
export class GenerateDataKey {
  constructor(
    private readonly road: UseRoad,
    private readonly reservations: UseReservations,
    private readonly ids: Ids,
  ) {}

  async execute(
    call: CallContext,
    input: GenerateDataKeyInput,
    action = 'kms:GenerateDataKey',
  ): Promise<GenerateDataKeyResult> {
    const context = noteContext(call, input.context);
    const usable = await this.road.active(call, { key: input.key, action, usage: 'ENCRYPT_DECRYPT', use: 'protect' });
    const { entry, version } = usable.subject;
    assertAlgorithm(entry, 'encryption', 'SYMMETRIC_DEFAULT');
    refuseDryRun(input.dryRun);
    const plaintext = this.ids.random(input.length);
    const ciphertext = await sealUnder(this.road.devices, this.reservations, usable, plaintext, context).catch(
      (error: unknown) => {
        plaintext.fill(0);
        throw error;
      },
    );
    call.facts.counts = true;
    call.facts.extra = { bytes: input.length };
    return {
      plaintext,
      ciphertext,
      keyArn: entry.attributes.arn,
      version: version.version,
      materialId: materialIdOf(usable.subject),
    };
  }

  /** For callers that store the wrapped key now and need the plaintext later: it never leaves. */
  async withoutPlaintext(
    call: CallContext,
    input: GenerateDataKeyInput,
  ): Promise<Omit<GenerateDataKeyResult, 'plaintext'>> {
    const { plaintext, ...wrapped } = await this.execute(call, input, 'kms:GenerateDataKeyWithoutPlaintext');
    plaintext.fill(0);
    return wrapped;
  }
}
