import { HmacSha256, SecretBytes } from '@claviger/crypto';
import type { Ids } from '@claviger/platform';
import { type SealedSecrets, SYSTEM_KEY_REFERENCES, type SystemKeyName } from '@claviger/ports';

/** Keys of the service itself: one sealed record each, made at the first start. None of them ever protects a customer's data. */
export interface SystemKeys {
  readonly events: HmacSha256;
  readonly rows: HmacSha256;
  readonly commands: HmacSha256;
  readonly anchor: HmacSha256;
}

export async function openSystemKeys(secrets: SealedSecrets, ids: Ids): Promise<SystemKeys> {
  const open = async (name: SystemKeyName): Promise<HmacSha256> => {
    const make = (): SecretBytes => SecretBytes.take(ids.random(32));
    using secret = await secrets.openOrCreate(SYSTEM_KEY_REFERENCES[name], 'system-key', { name }, make);
    return new HmacSha256(secret);
  };
  return {
    events: await open('events'),
    rows: await open('rows'),
    commands: await open('commands'),
    anchor: await open('anchor'),
  };
}
