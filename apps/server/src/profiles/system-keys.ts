import { HmacSha256, SecretBytes } from '@claviger/crypto';
import type { Ids } from '@claviger/platform';
import { type SealedSecrets, SYSTEM_KEY_REFERENCES, type SystemKeyName } from '@claviger/ports';

/** Keys of the service itself: one sealed record each, made at the first start. None of them ever protects a customer's data. */
export interface SystemKeys {
  readonly events: HmacSha256;
  readonly rows: HmacSha256;
  readonly commands: HmacSha256;
  readonly anchor: HmacSha256;
  readonly backup: HmacSha256;
}

/** The journals' key where nodes keep them in the event store: all of them have the same, so that any node can read every journal. */
export function openJournalSecret(secrets: SealedSecrets, ids: Ids): Promise<SecretBytes> {
  return open(secrets, ids, 'journal');
}

export async function openSystemKeys(secrets: SealedSecrets, ids: Ids): Promise<SystemKeys> {
  const mac = async (name: SystemKeyName): Promise<HmacSha256> => {
    using secret = await open(secrets, ids, name);
    return new HmacSha256(secret);
  };
  return {
    events: await mac('events'),
    rows: await mac('rows'),
    commands: await mac('commands'),
    anchor: await mac('anchor'),
    backup: await mac('backup'),
  };
}

function open(secrets: SealedSecrets, ids: Ids, name: SystemKeyName): Promise<SecretBytes> {
  const make = (): SecretBytes => SecretBytes.take(ids.random(32));
  return secrets.openOrCreate(SYSTEM_KEY_REFERENCES[name], 'system-key', { name }, make);
}
