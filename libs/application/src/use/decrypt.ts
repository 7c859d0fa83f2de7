import { parseCiphertext } from '@claviger/crypto';
import { KmsError, tokenOffers } from '@claviger/domain';
import type { KeyEntry, KeyState } from '@claviger/projections';
import type { Authorised } from '../access/authorised.js';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import type { KeyResolver } from '../key-resolver.js';
import {
  assertAlgorithm,
  materialIdOf,
  materialOf,
  assertTakesContext,
  noteContext,
  refuseDryRun,
  type UsableKey,
  type UseRoad,
  type UseRequest,
  withMaterial,
} from './road.js';
import { invalidCiphertext, openUnder } from './symmetric.js';
import type { DecryptInput, DecryptResult } from './types.js';

/** What Decrypt and the first half of ReEncrypt have in common. */
export interface Source {
  readonly key: KeyReference | null;
  readonly ciphertext: Uint8Array;
  readonly context: DecryptInput['context'];
  readonly algorithm: DecryptInput['algorithm'];
  readonly version: number | null;
  readonly action: string;
  /** Runs between the checks and the use; throws to end there. */
  readonly beforeUse: () => void;
}

/**
 * Decrypts with the version that the ciphertext names. RSA ciphertext names none: every version that may still process is tried,
 * always all of them, so that the time does not tell which one it was.
 */
export class Decrypt {
  constructor(
    private readonly road: UseRoad,
    private readonly resolver: KeyResolver,
    private readonly keyState: KeyState,
  ) {}

  async execute(call: CallContext, input: DecryptInput): Promise<DecryptResult> {
    const { plaintext, usable } = await this.open(call, {
      ...input,
      action: 'kms:Decrypt',
      beforeUse: () => refuseDryRun(input.dryRun),
    });
    const { entry, version } = usable.subject;
    call.facts.counts = true;
    return {
      plaintext,
      algorithm: input.algorithm,
      keyArn: entry.attributes.arn,
      version: version.version,
      materialId: materialIdOf(usable.subject),
    };
  }

  async open(call: CallContext, source: Source): Promise<{ plaintext: Uint8Array; usable: Authorised<UsableKey> }> {
    const context = noteContext(call, source.context);
    return source.algorithm === 'SYMMETRIC_DEFAULT'
      ? this.openSymmetric(call, source, context)
      : this.openRsa(call, source, context);
  }

  private async openSymmetric(
    call: CallContext,
    source: Source,
    context: string,
  ): Promise<{ plaintext: Uint8Array; usable: Authorised<UsableKey> }> {
    const parsed = parseCiphertext(source.ciphertext);
    if (source.key !== null) await this.assertNamesTheKeyInside(call, source.key, parsed?.keyId);
    if (parsed === undefined) throw invalidCiphertext();
    await this.assertKnown(call, parsed.keyId);
    const request: UseRequest = {
      key: { kind: 'id', keyId: parsed.keyId },
      action: source.action,
      usage: 'ENCRYPT_DECRYPT',
      use: 'process',
    };
    const usable = await this.road.named(call, request, parsed.version, invalidCiphertext);
    assertTakesContext(usable.subject.entry, context);
    source.beforeUse();
    return { plaintext: await openUnder(this.road.devices, usable, parsed, context), usable };
  }

  /** A caller that names a key gets that key or nothing; a key that exists but is not the one inside is IncorrectKey. */
  private async assertNamesTheKeyInside(
    call: CallContext,
    key: KeyReference,
    inside: string | undefined,
  ): Promise<void> {
    const entry = await this.resolver.resolve(call, key);
    if (entry.attributes.usage !== 'ENCRYPT_DECRYPT') throw wrongUsage(call, entry);
    assertAlgorithm(entry, 'encryption', 'SYMMETRIC_DEFAULT');
    if (inside !== undefined && entry.attributes.keyId !== inside) {
      throw new KmsError(
        'IncorrectKey',
        'The key ID in the request does not identify a CMK that can perform this operation.',
      );
    }
  }

  /** A key inside a ciphertext that is not there, or not this caller's: access is denied, and nothing more is told. */
  private async assertKnown(call: CallContext, keyId: string): Promise<void> {
    if (this.keyState.peek(keyId) !== undefined) return;
    try {
      await this.resolver.resolve(call, { kind: 'id', keyId });
    } catch (error) {
      if (!(error instanceof KmsError) || error.kind !== 'NotFound') throw error;
      throw new KmsError(
        'AccessDenied',
        'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
      );
    }
  }

  private async openRsa(
    call: CallContext,
    source: Source,
    context: string,
  ): Promise<{ plaintext: Uint8Array; usable: Authorised<UsableKey> }> {
    const { key, ciphertext, algorithm } = source;
    if (key === null) {
      throw new KmsError('Validation', 'KeyId is required when the encryption algorithm is not SYMMETRIC_DEFAULT.', {
        argument: 'KeyId',
      });
    }
    const request: UseRequest = { key, action: source.action, usage: 'ENCRYPT_DECRYPT', use: 'process' };
    const candidates =
      source.version === null
        ? await this.road.candidates(call, request)
        : [await this.road.named(call, request, source.version, () => missingVersion(source.version))];
    const first = candidates[0];
    if (first === undefined) throw invalidCiphertext();
    assertAlgorithm(first.subject.entry, 'encryption', algorithm);
    assertTakesContext(first.subject.entry, context);
    source.beforeUse();
    // A version may lie in a token that has learned, or lost, an algorithm since.
    const able = candidates.filter(({ subject }) => tokenOffers(subject.version.material.token, algorithm));
    const opened = await Promise.all(
      able.map(({ subject }) =>
        withMaterial(subject.entry, () =>
          this.road.devices.use('rsaDecrypt', materialOf(subject), { algorithm, ciphertext }),
        ),
      ),
    );
    const index = opened.findIndex((plaintext) => plaintext !== undefined);
    const plaintext = opened[index];
    const usable = able[index];
    if (plaintext === undefined || usable === undefined) {
      call.facts.version = null;
      throw invalidCiphertext();
    }
    call.facts.version = usable.subject.version.version;
    return { plaintext, usable };
  }
}

function wrongUsage(call: CallContext, { attributes }: KeyEntry): KmsError {
  return new KmsError(
    'InvalidKeyUsage',
    `${attributes.arn} key usage is ${attributes.usage} which is not valid for ${call.operation}.`,
    {
      resource: attributes.arn,
    },
  );
}

export const missingVersion = (version: number | null): KmsError =>
  new KmsError('NotFound', `Version ${version} of this key does not exist.`, { argument: 'version' });
