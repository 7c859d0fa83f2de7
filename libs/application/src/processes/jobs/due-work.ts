import { type DueAction, dueActions, type KeyState as DomainKey } from '@claviger/domain';
import type { Clock, Counter, Ids, Logger, Metrics } from '@claviger/platform';
import type { Anchor } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import type { AuditTrail } from '../../audit-trail.js';
import type { CommandIds } from '../../change/command-ids.js';
import { existing, type KeyChanges } from '../../change/key-changes.js';
import type { HsmDevices } from '../../hsm-devices.js';
import { portError } from '../../port-errors.js';
import { systemCall } from '../../system-call.js';
import type { Holds } from '../holds.js';
import type { TimeGuard } from '../time-guard.js';
import { jobIdOf, type JobName, parseJobId } from './job-id.js';

export interface DueWorkParts {
  readonly keyState: KeyState;
  readonly changes: KeyChanges;
  readonly commandIds: CommandIds;
  readonly devices: HsmDevices;
  readonly anchor: Anchor;
  readonly trail: AuditTrail;
  readonly holds: Holds;
  readonly guard: TimeGuard;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A key with everything that time asks of it now and that may happen. */
export interface DueKey {
  readonly key: DomainKey;
  readonly actions: readonly DueAction[];
}

/** `nothing`: the state asks for no such thing (any more) · `refused`: not the id of a job. */
export type JobOutcome = 'done' | 'nothing' | 'refused';

/** Its message is for queues and people, and says nothing secret. */
export class JobFailed extends Error {
  override readonly name = 'JobFailed';
}

// Destruction takes two commands, and one action may bring the next one's date into the past: look until nothing is left to do.
const MOST_ROUNDS = 4;
const REFUSAL_LOG_EVERY_MS = 60_000;

/**
 * Does what is due. The id of a job says where to look; what is to be done comes from the events alone, and its command is named after
 * what is due. So a job that is doubled, late or forged, a second worker, a restart or a clock that repeats itself change nothing twice,
 * and nothing that was not due.
 */
export class DueWork {
  private readonly actions: Counter;
  private readonly jobs: Counter;
  private refusalLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly on: DueWorkParts) {
    const { metrics } = on;
    this.actions = metrics.counter('claviger_scheduled_actions_total', 'What was done because it was due', [
      'action',
      'result',
    ]);
    this.jobs = metrics.counter('claviger_jobs_total', 'Runs of jobs', ['type', 'result']);
  }

  /** What is due of a key now; undefined when there is no such key. @throws StreamUnavailable when its record does not verify */
  async due(account: string, region: string, keyId: string): Promise<DueKey | undefined> {
    const { keyState, clock } = this.on;
    const entry = await keyState.key(account, region, keyId);
    if (entry === undefined) return undefined;
    const key: DomainKey = { ...entry.attributes, versions: await keyState.versions(entry) };
    return { key, actions: dueActions(key, clock.now()).filter((action) => this.mayHappen(action)) };
  }

  /** @throws JobFailed when it is to be tried again */
  async run(jobId: string): Promise<JobOutcome> {
    const name = parseJobId(jobId);
    if (name === undefined) return this.refuse(jobId);
    try {
      const result = await this.perform(jobId, name);
      this.jobs.inc({ type: name.type, result });
      return result;
    } catch (error) {
      this.jobs.inc({ type: name.type, result: 'failure' });
      const known = portError(error);
      if (known === undefined) this.on.logger.error('a job failed unexpectedly', { job: jobId, error });
      throw new JobFailed(known?.message ?? 'It failed unexpectedly; the log of the service says how.');
    }
  }

  private async perform(jobId: string, { account, region, keyId }: JobName): Promise<'done' | 'nothing'> {
    const { keyState, holds } = this.on;
    if (holds.stopsUse) return 'nothing';
    // A job may come from a node that has seen more events than this one.
    await keyState.toHead();
    let result: 'done' | 'nothing' = 'nothing';
    for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
      const found = await this.due(account, region, keyId);
      if (found === undefined) break;
      const { key, actions } = found;
      const mine = actions.filter((action) => jobIdOf(key, action) === jobId);
      if (mine.length === 0) break;
      for (const action of mine) await this.act(key, action);
      result = 'done';
    }
    return result;
  }

  /** What cannot be undone waits while the clock is in doubt, and makes up for downtime in the last day of its window. */
  private mayHappen({ command, dueAt }: DueAction): boolean {
    switch (command.type) {
      case 'StartDestruction':
        return !this.on.holds.stopsDestruction && this.on.guard.notBefore(dueAt) <= this.on.clock.now();
      case 'RetireVersion':
      case 'RecordDestruction':
        return !this.on.holds.stopsDestruction;
      case 'RotateKey':
      case 'ExpireVersion':
      case 'NotifyExpiry':
        return true;
    }
  }

  private async act(key: DomainKey, { command, dueAt }: DueAction): Promise<void> {
    const { clock, ids, trail, changes, commandIds } = this.on;
    const call = systemCall(ids, clock, 'scheduler', key.account, key.region, command.type);
    const commandId = commandIds.internalCommandId(
      'scheduler',
      key.keyId,
      command.type,
      String(dueAt),
      String(key.lastVersion),
    );
    try {
      await trail.run(call, async () => {
        if (command.type === 'RecordDestruction') await this.destroy(key, command.versions);
        const change = {
          key: { kind: 'id', keyId: key.keyId } as const,
          command,
          action: `claviger:${command.type}`,
          revokes: true,
          commandId,
        };
        existing((await changes.execute(call, change)).key);
      });
      this.actions.inc({ action: command.type, result: 'success' });
      if (command.type === 'NotifyExpiry')
        this.on.logger.warn('ALERT: a key version is about to expire', { key: key.arn, version: command.version });
    } catch (error) {
      this.actions.inc({ action: command.type, result: 'failure' });
      throw error;
    }
  }

  /** In the order that DESIGN section 3 demands: registered in the anchor, erased, then recorded as an event by the caller. */
  private async destroy(key: DomainKey, versions: readonly number[]): Promise<void> {
    const { anchor, devices } = this.on;
    for (const version of key.versions) {
      if (!versions.includes(version.version)) continue;
      const { reference, spec, token } = version.material;
      await anchor.registerDestruction(reference);
      const material = { reference, keyId: key.keyId, version: version.version, spec, usage: key.usage, token };
      await devices.destroy(material);
    }
  }

  /** Done with, not failed: trying again makes no id of it. */
  private refuse(jobId: string): 'refused' {
    this.jobs.inc({ type: 'unknown', result: 'refused' });
    const now = this.on.clock.monotonic();
    if (now - this.refusalLoggedAt >= REFUSAL_LOG_EVERY_MS) {
      this.refusalLoggedAt = now;
      // Whoever can write the queue can write this text, as often as they like.
      this.on.logger.warn('a job was refused: no job of this service is called so', { job: jobId.slice(0, 100) });
    }
    return 'refused';
  }
}
