import {
  type KeyAggregate,
  type KeyCommand,
  type KeyContext,
  keyDecider,
  type KeyEvent,
  type RotationPolicy,
  rotationPeriod,
} from '@claviger/domain';
import fc from 'fast-check';
import { createKeyCommand, DAY, HOUR, sampleMaterial } from './key-samples.js';

/** One command on one key, with what surrounds it. Plain data, so that fast-check can shrink and print it. */
export interface KeyStep {
  /** How long after the step before. */
  readonly advanceMs: number;
  readonly command: KeyCommand;
  /** Does an approval come with it? */
  readonly approved: boolean;
  /** Time between the last use of a version and now; null: never used. */
  readonly usedAgoMs: number | null;
}

const EXPIRING: RotationPolicy = {
  enabled: true,
  lifetimeActions: [{ action: 'rotate', timeAfterCreate: 'P10D' }],
  expiryTime: 'P30D',
};
const PLAIN: RotationPolicy = { enabled: false, lifetimeActions: [], expiryTime: null };

/** Stands for the period that the scheduler would name at that moment; see {@link decideStep}. */
const PRESENT_PERIOD = 'present';

const version = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 2 }) },
  { weight: 2, arbitrary: fc.integer({ min: 3, max: 6 }) },
);
const versionOrKey = fc.option(version, { nil: null, freq: 3 });
const fixed = <C extends KeyCommand>(command: C): fc.Arbitrary<C> => fc.constant(command);

const command: fc.Arbitrary<KeyCommand> = fc.oneof(
  { weight: 4, arbitrary: fixed({ type: 'RotateKey', trigger: 'on_demand', period: null, spec: null }) },
  { weight: 2, arbitrary: fixed({ type: 'RotateKey', trigger: 'automatic', period: PRESENT_PERIOD, spec: null }) },
  { weight: 1, arbitrary: fixed({ type: 'RotateKey', trigger: 'use_limit', period: null, spec: null }) },
  { weight: 2, arbitrary: fixed({ type: 'RotateKey', trigger: 'compromise', period: null, spec: null }) },
  { weight: 2, arbitrary: fixed({ type: 'StageVersion', spec: null }) },
  { weight: 2, arbitrary: version.map((n): KeyCommand => ({ type: 'ActivateVersion', version: n })) },
  { weight: 2, arbitrary: fixed({ type: 'RollBackVersion' }) },
  { weight: 3, arbitrary: version.map((n): KeyCommand => ({ type: 'RetireVersion', version: n })) },
  { weight: 2, arbitrary: version.map((n): KeyCommand => ({ type: 'RestoreVersion', version: n })) },
  { weight: 3, arbitrary: versionOrKey.map((n): KeyCommand => ({ type: 'DisableKey', version: n })) },
  { weight: 4, arbitrary: versionOrKey.map((n): KeyCommand => ({ type: 'EnableKey', version: n })) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('ScheduleDeletion' as const),
      version: fc.option(version, { nil: null, freq: 6 }),
      windowDays: fc.constantFrom(6, 7, 30, 90),
    }),
  },
  { weight: 3, arbitrary: versionOrKey.map((n): KeyCommand => ({ type: 'CancelDeletion', version: n })) },
  { weight: 1, arbitrary: fixed({ type: 'StartDestruction' }) },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(version, { maxLength: 3 })
      .map((versions): KeyCommand => ({ type: 'RecordDestruction', versions })),
  },
  {
    weight: 2,
    arbitrary: versionOrKey.map((n): KeyCommand => ({ type: 'CompromiseVersion', version: n, occurredAt: null })),
  },
  { weight: 1, arbitrary: version.map((n): KeyCommand => ({ type: 'ExpireVersion', version: n })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(PLAIN, EXPIRING)
      .map((rotationPolicy): KeyCommand => ({ type: 'SetRotationPolicy', rotationPolicy })),
  },
  {
    weight: 2,
    arbitrary: fc
      .boolean()
      .map((enabled): KeyCommand => ({ type: 'SetRetirementPolicy', retirement: { enabled, idleFor: 'PT24H' } })),
  },
  { weight: 1, arbitrary: fixed({ type: 'EnablePurgeProtection' }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', 'one', 'two')
      .map((description): KeyCommand => ({ type: 'UpdateDescription', description })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('{"a":1}', '{"b":2}').map((policy): KeyCommand => ({ type: 'PutPolicy', policy })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('x', 'y')
      .map((value): KeyCommand => ({ type: 'TagKey', tags: [{ key: 'team', value }] })),
  },
  { weight: 1, arbitrary: fixed({ type: 'UntagKey', keys: ['team'] }) },
  { weight: 1, arbitrary: fixed(createKeyCommand()) },
);

const step: fc.Arbitrary<KeyStep> = fc.record({
  advanceMs: fc.constantFrom(0, 1000, HOUR, DAY, 3 * DAY, 8 * DAY, 31 * DAY),
  command,
  approved: fc.boolean(),
  usedAgoMs: fc.constantFrom(null, HOUR, 2 * DAY),
});

const plainly = (after: number, ...commands: readonly KeyCommand[]): KeyStep[] =>
  commands.map((each, index) => ({
    advanceMs: index === 0 ? 0 : after,
    command: each,
    approved: false,
    usedAgoMs: null,
  }));

/** Single random commands hardly ever come to an end that takes four in a row. */
const endOfVersion = version.map((n) =>
  plainly(
    8 * DAY,
    { type: 'DisableKey', version: n },
    { type: 'ScheduleDeletion', version: n, windowDays: 7 },
    { type: 'StartDestruction' },
    { type: 'RecordDestruction', versions: [] },
  ),
);
const thereAndBack = plainly(
  HOUR,
  { type: 'RotateKey', trigger: 'on_demand', period: null, spec: null },
  { type: 'RollBackVersion' },
);
const expiry = version.map((n) =>
  plainly(31 * DAY, { type: 'SetRotationPolicy', rotationPolicy: EXPIRING }, { type: 'ExpireVersion', version: n }),
);
const archived = version.map((n) => [
  ...plainly(0, { type: 'SetRetirementPolicy', retirement: { enabled: true, idleFor: 'PT24H' } }),
  ...plainly(
    3 * DAY,
    { type: 'RotateKey', trigger: 'on_demand', period: null, spec: null },
    { type: 'RetireVersion', version: n },
    { type: 'RestoreVersion', version: n },
    { type: 'RetireVersion', version: n },
  ).map((each) => ({ ...each, approved: true })),
]);
const endOfKey = plainly(
  31 * DAY,
  { type: 'ScheduleDeletion', version: null, windowDays: 30 },
  { type: 'StartDestruction' },
  { type: 'RecordDestruction', versions: [] },
);

/** A key's life: its creation, then random commands, legal and not; sometimes to its end. */
export function keyCommandArbitrary(maxLength = 40): fc.Arbitrary<readonly KeyStep[]> {
  const creation = plainly(0, createKeyCommand());
  const episode = fc.oneof(
    { weight: 20, arbitrary: step.map((single) => [single]) },
    { weight: 1, arbitrary: endOfVersion },
    { weight: 1, arbitrary: fc.constant(thereAndBack) },
    { weight: 1, arbitrary: expiry },
    { weight: 1, arbitrary: archived },
  );
  const life = fc.array(episode, { maxLength, size: 'max' }).map((episodes) => [...creation, ...episodes.flat()]);
  return fc
    .tuple(life, fc.boolean(), step)
    .map(([steps, ends, after]) => (ends ? [...steps, ...endOfKey, after] : steps));
}

/** Both decisions of a step, as the kernel takes them. @throws KmsError when it is refused */
export function decideStep(
  state: KeyAggregate,
  { command, approved, usedAgoMs }: KeyStep,
  now: number,
): readonly KeyEvent[] {
  const context: KeyContext = {
    now,
    versionMark: 0,
    lastUsedAt: usedAgoMs === null ? null : now - usedAgoMs,
    ...(approved ? { approval: { id: 'approval-1', until: new Date(now + 2 * DAY).toISOString() } } : {}),
  };
  const asked = concrete(state, command, now);
  const first = keyDecider.decide(state, asked, context);
  if (first.kind === 'events') return first.events;
  const second = keyDecider.decide(state, asked, { ...context, material: sampleMaterial(first.version) });
  if (second.kind === 'material') throw new Error('material was asked for twice');
  return second.events;
}

/** Fills in what a scheduler would read from the state: the present period, the versions whose destruction has begun. */
function concrete(state: KeyAggregate, asked: KeyCommand, now: number): KeyCommand {
  if (asked.type === 'RotateKey' && asked.period === PRESENT_PERIOD) {
    const period = state === null ? null : rotationPeriod(state, now);
    return { ...asked, period: period ?? new Date(now).toISOString() };
  }
  if (asked.type === 'RecordDestruction' && asked.versions.length === 0) {
    const begun = state?.versions.filter((one) => one.destructionStartedAt !== null && one.status !== 'DELETED') ?? [];
    return { ...asked, versions: begun.map((one) => one.version) };
  }
  return asked;
}
