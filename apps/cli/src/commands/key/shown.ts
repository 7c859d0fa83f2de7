import type { Key, Version } from '../../http/api.js';
import type { Io } from '../../io.js';
import { facts } from '../../output/facts.js';
import { table } from '../../output/table.js';
import { shownTime } from '../../output/time.js';

/** A key for people. */
export function keyFacts(io: Io, key: Key, aliases: readonly string[]): string {
  const time = (at: string | null): string => shownTime(io, at);
  return facts([
    ['key id', key.keyId],
    ['arn', key.arn],
    ['aliases', aliases],
    ['description', key.description],
    ['state', key.deletionAt === null ? key.state : `${key.state}, due ${time(key.deletionAt)}`],
    ['usage', key.usage],
    ['spec', key.spec],
    ['protection', key.protectionLevel],
    ['token', tokenWords(key)],
    ['environment', key.environment],
    ['data class', key.dataClass],
    ['owner', key.owner],
    ['uses', key.uses.join(', ')],
    ['tags', key.tags.map((tag) => `${tag.key}=${tag.value}`)],
    ['active version', key.activeVersion],
    ['staged version', key.stagedVersion],
    ['rotation', rotationWords(key)],
    [
      'retirement',
      key.retirement.enabled ? `after ${key.retirement.idleFor} without use` : 'off: every version keeps decrypting',
    ],
    ['rollback window', key.rollbackWindow],
    ['purge protection', key.purgeProtection],
    ['created', time(key.createdAt)],
    ['last rotated', time(key.lastRotatedAt)],
    ['deleted', time(key.deletedAt)],
    ['revision', key.revision],
  ]);
}

/** Nothing for keys of protection level SOFTWARE. */
function tokenWords({ token }: Key): readonly string[] {
  if (token === null) return [];
  const lacks = token.lacks.length === 0 ? [] : [`does not offer ${token.lacks.join(', ')}`];
  return [`${token.label}, serial ${token.serial}`, ...lacks];
}

function rotationWords({ rotationPolicy: { enabled, lifetimeActions, expiryTime } }: Key): readonly string[] {
  const actions = lifetimeActions.map(({ action, timeAfterCreate, timeBeforeExpiry }) =>
    timeAfterCreate === undefined
      ? `${action} ${timeBeforeExpiry ?? ''} before expiry`
      : `${action} ${timeAfterCreate} after creation`,
  );
  const expiry = expiryTime === null ? [] : [`versions expire after ${expiryTime}`];
  return [...(enabled ? actions : ['off', ...actions.filter((words) => !words.startsWith('rotate'))]), ...expiry];
}

/** Versions for people. */
export const versionTable = (io: Io, versions: readonly Version[]): string =>
  table(
    versions,
    [
      { head: 'VERSION', of: ({ version }) => version, align: 'right' },
      { head: 'STATUS', of: ({ status }) => status },
      { head: 'CREATED', of: ({ created_at: at }) => shownTime(io, at) },
      { head: 'FROM', of: ({ rotated_from: from }) => from, align: 'right' },
      { head: 'LAST USED', of: ({ last_used: at }) => shownTime(io, at) },
      { head: 'NEXT ROTATION', of: ({ rotation_scheduled: at }) => shownTime(io, at) },
    ],
    io.width,
  );
