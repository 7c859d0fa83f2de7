import { rsaOaepEncrypt, rsaOaepMaxPlaintext } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { Authorised } from '../access/authorised.js';
import type { CallContext } from '../call-context.js';
import type { PublicKeys } from './public-keys.js';
import {
  assertAlgorithm,
  assertTakesContext,
  noteContext,
  refuseDryRun,
  type UsableKey,
  type UseRoad,
} from './road.js';
import { sealUnder } from './symmetric.js';
import type { EncryptInput, EncryptResult } from './types.js';
import type { UseReservations } from './use-reservations.js';

const MOST_BYTES = 4096;

/** Encrypts up to 4096 bytes under the ACTIVE version. */
export class Encrypt {
  constructor(
    private readonly road: UseRoad,
    private readonly reservations: UseReservations,
    private readonly publicKeys: PublicKeys,
  ) {}

  async execute(call: CallContext, input: EncryptInput): Promise<EncryptResult> {
    const context = noteContext(call, input.context);
    assertSize(input.plaintext);
    const usable = await this.road.active(call, {
      key: input.key,
      action: 'kms:Encrypt',
      usage: 'ENCRYPT_DECRYPT',
      use: 'protect',
    });
    const { entry, version } = usable.subject;
    assertAlgorithm(entry, 'encryption', input.algorithm);
    assertTakesContext(entry, context);
    const ciphertext = await this.encrypt(usable, input, context);
    call.facts.counts = true;
    return { ciphertext, algorithm: input.algorithm, keyArn: entry.attributes.arn, version: version.version };
  }

  /** Also the second half of ReEncrypt. @param context canonical */
  async encrypt(
    usable: Authorised<UsableKey>,
    { algorithm, plaintext, dryRun }: Pick<EncryptInput, 'algorithm' | 'plaintext' | 'dryRun'>,
    context: string,
  ): Promise<Uint8Array> {
    if (algorithm === 'SYMMETRIC_DEFAULT') {
      refuseDryRun(dryRun);
      return sealUnder(this.road.devices, this.reservations, usable, plaintext, context);
    }
    const { entry, version } = usable.subject;
    const { spec } = version.material;
    const most = rsaOaepMaxPlaintext(Number(spec.slice('RSA_'.length)), algorithm);
    if (plaintext.length > most) {
      throw new KmsError(
        'Validation',
        `Algorithm ${algorithm} and key spec ${spec} cannot encrypt data larger than ${most} bytes.`,
        {
          argument: 'Plaintext',
        },
      );
    }
    refuseDryRun(dryRun);
    return rsaOaepEncrypt(this.publicKeys.of(entry, version), algorithm, plaintext);
  }
}

function assertSize(plaintext: Uint8Array): void {
  if (plaintext.length < 1 || plaintext.length > MOST_BYTES) {
    throw new KmsError(
      'Validation',
      `Plaintext must be 1 to ${MOST_BYTES} bytes, found ${plaintext.length}. Encrypt larger data with a data key (GenerateDataKey).`,
      { argument: 'Plaintext' },
    );
  }
}
