import { SecretBytes } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { missingVersion } from './decrypt.js';
import { materialOf, type UsableKey, type UseRequest, type UseRoad, withMaterial } from './road.js';
import { invalidCiphertext } from './symmetric.js';
import type { Used } from './types.js';

export interface WrapDataKeyInput {
  readonly key: KeyReference;
  /** 16 to 512 bytes, a multiple of 8. Is wiped. */
  readonly dataKey: Uint8Array;
}
export interface WrapDataKeyResult extends Used {
  /** RFC 5649 (AES-KWP): 8 bytes more than the data key. */
  readonly wrapped: Uint8Array;
}

export interface UnwrapDataKeyInput {
  readonly key: KeyReference;
  readonly wrapped: Uint8Array;
  /** The wrapped form does not say which version made it. */
  readonly version: number;
}
export interface UnwrapDataKeyResult extends Used {
  /** The caller wipes it once the answer is written. */
  readonly dataKey: Uint8Array;
}

const request = (key: KeyReference, operation: 'WrapDataKey' | 'UnwrapDataKey'): UseRequest => ({
  key,
  action: `claviger:${operation}`,
  usage: 'ENCRYPT_DECRYPT',
  use: operation === 'WrapDataKey' ? 'protect' : 'process',
});

/** An application's own data key, wrapped inside the token by its ACTIVE version, in the form that other systems read. */
export class WrapDataKey {
  constructor(private readonly road: UseRoad) {}

  async execute(call: CallContext, { key, dataKey: bytes }: WrapDataKeyInput): Promise<WrapDataKeyResult> {
    using dataKey = SecretBytes.take(bytes);
    const { entry, version } = (await this.road.active(call, request(key, 'WrapDataKey'))).subject;
    const material = assertWraps(this.road, { entry, version });
    // SP 800-38F 5.3.1; modules differ in how they pad what is no multiple of 8.
    if (dataKey.length < 16 || dataKey.length > 512 || dataKey.length % 8 !== 0) {
      throw new KmsError(
        'Validation',
        `dataKey: expected 16 to 512 bytes, a multiple of 8, found ${dataKey.length} bytes.`,
        { argument: 'dataKey' },
      );
    }
    const wrapped = await withMaterial(entry, () => this.road.devices.wrapKey(material, dataKey));
    call.facts.counts = true;
    return { wrapped, keyArn: entry.attributes.arn, version: version.version };
  }
}

/** @throws KmsError InvalidCiphertext, whatever the cause */
export class UnwrapDataKey {
  constructor(private readonly road: UseRoad) {}

  async execute(call: CallContext, input: UnwrapDataKeyInput): Promise<UnwrapDataKeyResult> {
    const { version: number, wrapped } = input;
    const usable = await this.road.named(call, request(input.key, 'UnwrapDataKey'), number, () =>
      missingVersion(number),
    );
    const { entry, version } = usable.subject;
    const material = assertWraps(this.road, usable.subject);
    using dataKey = await withMaterial(entry, () => this.road.devices.unwrapKey(material, wrapped));
    if (dataKey === undefined) throw invalidCiphertext();
    call.facts.counts = true;
    return { dataKey: dataKey.unsafeExportBytes(), keyArn: entry.attributes.arn, version: version.version };
  }
}

/** @throws KmsError Unsupported with the reason */
function assertWraps(road: UseRoad, usable: UsableKey): ReturnType<typeof materialOf> {
  const material = materialOf(usable);
  const refusal = road.devices.wrappingRefusal(material);
  if (refusal !== undefined) {
    throw new KmsError('Unsupported', `Data keys are not wrapped under this key: ${refusal}.`, {
      resource: usable.entry.attributes.arn,
    });
  }
  return material;
}
