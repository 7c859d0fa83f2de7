import type { Decision } from '../../envelope.js';
import type { ActivateVersion, KeyContext, StageVersion } from '../commands.js';
import type { KeyEvent } from '../events.js';
import { invalidKeyState, invalidVersionState, keyIsDisabled } from '../refusals.js';
import { expiresAt } from '../rotation-schedule.js';
import type { KeyAggregate } from '../state.js';
import { newVersion, specOfNext } from './new-version.js';
import { enabled, events, living, versionOf } from './ready.js';
import { previousActive, retirementOf } from './rotate.js';

/** First half of a two-phase rotation: the version exists, its public key may be published, nothing uses it. At most one. */
export function stageVersion(state: KeyAggregate, command: StageVersion, context: KeyContext): Decision<KeyEvent> {
  const key = enabled(state, command.type);
  if (key.stagedVersion !== null) {
    throw invalidKeyState(key, command.type, 'staged', `Version ${key.stagedVersion} of ${key.arn} is staged already.`);
  }
  const next = newVersion(key, specOfNext(key, command.spec, command.type), context);
  if (next.kind === 'material') return next;
  return events({ type: 'VersionStaged', data: { version: next.version, material: next.material } });
}

/** Second half. On a disabled key only where no version is ACTIVE: then it is the way out, and the key stays disabled. */
export function activateVersion(
  state: KeyAggregate,
  command: ActivateVersion,
  context: KeyContext,
): Decision<KeyEvent> {
  const key = living(state, command.type);
  if (key.disabled && key.activeVersion !== null) throw keyIsDisabled(key, command.type);
  const version = versionOf(key, command.version, command.type);
  if (version.status !== 'STAGED') {
    throw invalidVersionState(key, version, command.type, 'only a staged version can be activated');
  }
  const expiry = expiresAt(key, version);
  if (expiry !== null && expiry <= context.now) {
    throw invalidVersionState(key, version, command.type, 'its cryptoperiod is over');
  }
  const data = {
    version: version.version,
    from: previousActive(key),
    trigger: 'staged',
    period: null,
    material: null,
  } as const;
  return events({ type: 'VersionRotated', data }, ...retirementOf(key.activeVersion));
}
