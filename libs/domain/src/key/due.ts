import { formatInstant } from '../instant.js';
import type {
  ExpireVersion,
  NotifyExpiry,
  RecordDestruction,
  RetireVersion,
  RotateKey,
  StartDestruction,
} from './commands.js';
import { expiresAt, nextNoticeAt, nextRotationAt, rotationPeriod } from './rotation-schedule.js';
import type { KeyState } from './state.js';
import { activeVersionOf } from './versions.js';

export type DueCommand =
  | RotateKey
  | ExpireVersion
  | NotifyExpiry
  | RetireVersion
  | StartDestruction
  | RecordDestruction;

export interface DueAction {
  /** Epoch milliseconds. */
  readonly dueAt: number;
  /** For RecordDestruction the material of these versions is destroyed first. */
  readonly command: DueCommand;
}

/**
 * What time alone asks of a key by now, earliest first. The state is the only input, so a lost, doubled or late job is harmless:
 * whoever asks again gets what is left. Rules about the clock itself (heartbeat, downtime) are the scheduler's.
 */
export const dueActions = (key: KeyState, now: number): readonly DueAction[] =>
  agenda(key, now)
    .filter((action) => action.dueAt <= now)
    .sort((a, b) => a.dueAt - b.dueAt);

/** When the key next wants attention, epoch milliseconds, in the past when something is overdue; null: never. */
export function nextDueAt(key: KeyState): number | null {
  let earliest: number | null = null;
  for (const { dueAt } of agenda(key, key.createdAt)) earliest = earliest === null ? dueAt : Math.min(earliest, dueAt);
  return earliest;
}

function agenda(key: KeyState, now: number): DueAction[] {
  if (key.deletedAt !== null) return [];
  const list: DueAction[] = destruction(key);
  if (key.pendingDeletion !== null || key.destructionStartedAt !== null) return list;
  const active = activeVersionOf(key);
  const rotation = key.disabled ? null : nextRotationAt(key);
  if (rotation !== null) {
    const period = rotationPeriod(key, now) ?? formatInstant(rotation);
    list.push({ dueAt: rotation, command: { type: 'RotateKey', trigger: 'automatic', period, spec: null } });
  }
  if (active !== undefined && active.expiredAt === null) {
    const { version } = active;
    const expiry = expiresAt(key, active);
    const notice = nextNoticeAt(key, active);
    if (notice !== null) list.push({ dueAt: notice, command: { type: 'NotifyExpiry', version } });
    if (expiry !== null) list.push({ dueAt: expiry, command: { type: 'ExpireVersion', version } });
  }
  for (const version of key.versions) {
    if (version.restoredUntil !== null && version.status === 'PENDING_RETIREMENT') {
      list.push({ dueAt: version.restoredUntil, command: { type: 'RetireVersion', version: version.version } });
    }
  }
  return list;
}

function destruction(key: KeyState): DueAction[] {
  const list: DueAction[] = [];
  const started: number[] = [];
  let startedAt = Number.POSITIVE_INFINITY;
  let deletionAt = key.pendingDeletion?.deletionAt ?? Number.POSITIVE_INFINITY;
  for (const version of key.versions) {
    if (version.status === 'DELETED') continue;
    if (version.destructionStartedAt !== null) {
      started.push(version.version);
      startedAt = Math.min(startedAt, version.destructionStartedAt);
    } else if (key.pendingDeletion === null && version.deletionAt !== null) {
      deletionAt = Math.min(deletionAt, version.deletionAt);
    }
  }
  if (started.length > 0) list.push({ dueAt: startedAt, command: { type: 'RecordDestruction', versions: started } });
  if (key.destructionStartedAt === null && deletionAt !== Number.POSITIVE_INFINITY) {
    list.push({ dueAt: deletionAt, command: { type: 'StartDestruction' } });
  }
  return list;
}
