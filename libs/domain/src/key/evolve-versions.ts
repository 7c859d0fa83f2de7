import { parseInstant } from '../instant.js';
import type { CoverageLevel, VersionCompromised, VersionRolledBack, VersionRotated } from './events.js';
import { stagedVersion } from './new-state.js';
import type { KeyState, VersionState } from './state.js';
import { findVersion, withVersion } from './versions.js';

type Change = (version: VersionState) => VersionState;

/**
 * The only way for a version into a state with any use. The compromised flag is sticky (DESIGN section 4): whatever would lead a flagged
 * version there leads it back to COMPROMISED, and what is destroyed stays so.
 */
export const withStatus =
  (status: 'ACTIVE' | 'PENDING_RETIREMENT', at: number): Change =>
  (version) => {
    if (version.status === 'DELETED') return version;
    const base = { ...version, former: null };
    if (version.compromisedAt !== null) return { ...base, status: 'COMPROMISED', restoredUntil: null };
    if (status === 'ACTIVE') return { ...base, status };
    return version.status === status ? version : { ...base, status, pendingRetirementAt: at };
  };

export const retired =
  (level: CoverageLevel, at: number): Change =>
  (version) =>
    version.status === 'DELETED'
      ? version
      : { ...version, status: 'RETIRED', former: null, restoredUntil: null, retiredAt: at, retiredLevel: level };

/** A version that was ACTIVE when it was suspended comes back as PENDING_RETIREMENT, since another is ACTIVE from now on. */
const superseded: Change = (version) =>
  version.former === 'ACTIVE' ? { ...version, former: 'PENDING_RETIREMENT' } : version;

/** Both versions move here, so that no prefix of the stream shows two ACTIVE ones; the PendingRetirement that follows confirms it. */
export function activated(state: KeyState, data: VersionRotated['data'], at: number): KeyState {
  const { version: number, from, material } = data;
  let { versions } = state;
  if (material !== null) {
    if (number <= state.lastVersion) return state;
    versions = [...versions, stagedVersion(number, material, at)];
  }
  const next = findVersion({ versions }, number);
  if (next === undefined || next.status !== 'STAGED') return state;
  const former = state.activeVersion;
  versions =
    former === null ? versions.map(superseded) : withVersion(versions, former, withStatus('PENDING_RETIREMENT', at));
  versions = withVersion(versions, number, (version) => ({
    ...withStatus('ACTIVE', at)(version),
    activatedAt: at,
    rotatedFrom: from,
    trigger: data.trigger,
  }));
  return {
    ...state,
    versions,
    ...shownOf(next),
    activeVersion: number,
    lastVersion: Math.max(state.lastVersion, number),
    stagedVersion: state.stagedVersion === number ? null : state.stagedVersion,
    onDemandRotations: state.onDemandRotations + (data.trigger === 'on_demand' ? 1 : 0),
    lastRotatedAt: at,
    lastRotationPeriod: latest(state.lastRotationPeriod, data.period),
  };
}

/** What the key says of itself is what its ACTIVE version says. */
const shownOf = ({ material }: VersionState): Pick<KeyState, 'spec' | 'token'> => ({
  spec: material.spec,
  token: material.token,
});

/** Instants in ISO 8601 compare as text. Never back: a late use-limit rotation must not make a covered period due again. */
const latest = (before: string | null, period: string | null): string | null =>
  period === null || (before !== null && before > period) ? before : period;

export function rolledBack(state: KeyState, data: VersionRolledBack['data'], at: number): KeyState {
  const back = findVersion(state, data.version);
  if (back === undefined || back.compromisedAt !== null || back.status === 'DELETED') return state;
  const versions = withVersion(state.versions, state.activeVersion ?? data.from, withStatus('PENDING_RETIREMENT', at));
  return {
    ...state,
    versions: withVersion(versions, data.version, withStatus('ACTIVE', at)),
    ...shownOf(back),
    activeVersion: data.version,
  };
}

export function disabled(state: KeyState, number: number | null): KeyState {
  if (number === null) return { ...state, disabled: true };
  const versions = withVersion(state.versions, number, (version) =>
    version.status === 'ACTIVE' || version.status === 'PENDING_RETIREMENT'
      ? { ...version, status: 'DISABLED', former: version.status }
      : version,
  );
  return versions === state.versions
    ? state
    : { ...state, versions, activeVersion: withoutIf(state.activeVersion, number) };
}

export function enabled(state: KeyState, number: number | null, at: number): KeyState {
  if (number === null) return { ...state, disabled: false };
  const version = findVersion(state, number);
  if (version?.status !== 'DISABLED') return state;
  const active = version.former === 'ACTIVE' && state.activeVersion === null && version.compromisedAt === null;
  return {
    ...state,
    versions: withVersion(state.versions, number, withStatus(active ? 'ACTIVE' : 'PENDING_RETIREMENT', at)),
    ...(active ? { activeVersion: number, ...shownOf(version) } : {}),
  };
}

export function compromised(state: KeyState, data: VersionCompromised['data'], at: number): KeyState {
  const versions = withVersion(state.versions, data.version, (version) => ({
    ...version,
    ...(version.status === 'DELETED'
      ? {}
      : { status: 'COMPROMISED', former: null, restoredUntil: null, deletionAt: null }),
    compromisedAt: version.compromisedAt ?? at,
    compromiseOccurredAt: parseInstant(data.occurredAt) ?? version.createdAt,
  }));
  if (versions === state.versions) return state;
  return {
    ...state,
    versions,
    activeVersion: withoutIf(state.activeVersion, data.version),
    stagedVersion: withoutIf(state.stagedVersion, data.version),
  };
}

export const withoutIf = (current: number | null, gone: number): number | null => (current === gone ? null : current);
