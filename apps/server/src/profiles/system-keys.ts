import { HmacSha256, SecretBytes } from '@claviger/crypto';
import type { Ids } from '@claviger/platform';
import type { SealedSecrets } from '@claviger/ports';

/** Keys of the service itself: one sealed record each, made at the first start. None of them ever protects a customer's data. */
export interface SystemKeys {
  readonly events: HmacSha256;
  readonly rows: HmacSha256;
  readonly commands: HmacSha256;
  readonly anchor: HmacSha256;
}

/** Fixed references: there is exactly one key of each name. */
const REFERENCES = {
  events: '00000000-0000-8000-8000-000000000001',
  rows: '00000000-0000-8000-8000-000000000002',
  commands: '00000000-0000-8000-8000-000000000003',
  anchor: '00000000-0000-8000-8000-000000000004',
} as const;

export async function openSystemKeys(secrets: SealedSecrets, ids: Ids): Promise<SystemKeys> {
  const open = async (name: keyof typeof REFERENCES): Promise<HmacSha256> => {
    const make = (): SecretBytes => SecretBytes.take(ids.random(32));
    using secret = await secrets.openOrCreate(REFERENCES[name], 'system-key', { name }, make);
    return new HmacSha256(secret);
  };
  return {
    events: await open('events'),
    rows: await open('rows'),
    commands: await open('commands'),
    anchor: await open('anchor'),
  };
}
