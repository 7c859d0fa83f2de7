import { type DueAction, dueActions, type KeyState as DomainKey, KmsError } from '@claviger/domain';
import type { Clock, Ids, Logger, Metrics, Timer } from '@claviger/platform';
import type { Anchor, Hsm } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import type { AuditTrail } from '../audit-trail.js';
import type { CommandIds } from '../change/command-ids.js';
import { existing, type KeyChanges } from '../change/key-changes.js';
import { systemCall } from '../system-call.js';
import type { Holds } from './holds.js';
import type { TimeGuard } from './time-guard.js';

export interface SchedulerParts {
  readonly keyState: KeyState;
  readonly changes: KeyChanges;
  readonly commandIds: CommandIds;
  readonly hsm: Hsm;
  readonly anchor: Anchor;
  readonly trail: AuditTrail;
  readonly holds: Holds;
  readonly guard: TimeGuard;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const EVERY_MS = 15_000;
const PAGE = 200;
const OVERDUE_AFTER = 60 * 60 * 1000;
const FIRST_RETRY = 60_000;
const LONGEST_RETRY = 60 * 60 * 1000;

interface Retry {
  readonly at: number;
  readonly delay: number;
}

/**
 * Does what time asks for: rotates, notifies, expires, destroys. Derives everything from the state each time, and names each command
 * after what is due, so that a second scheduler, a restart or a clock that repeats itself changes nothing twice.
 */
export class Scheduler {
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private readonly retries = new Map<string, Retry>();
  private readonly overdueLogged = new Set<string>();
  private readonly overdue;
  private readonly done;

  constructor(private readonly on: SchedulerParts) {
    this.overdue = on.metrics.gauge(
      'claviger_rotations_overdue',
      'Rotations that were due more than an hour ago and have not happened',
    );
    this.done = on.metrics.counter('claviger_scheduled_actions_total', 'What the scheduler did', ['action', 'result']);
  }

  start(): void {
    this.timer = this.on.clock.every(EVERY_MS, () => void this.tick());
    void this.tick();
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    await this.running;
  }

  /** One pass over everything that is due; calls that overlap share it. Never rejects. */
  tick(): Promise<void> {
    this.running ??= this.pass()
      .catch((error: unknown) => this.on.logger.error('a scheduler pass failed, the next one starts anew', { error }))
      .finally(() => {
        this.running = undefined;
      });
    return this.running;
  }

  private async pass(): Promise<void> {
    const { keyState, clock, holds } = this.on;
    if (holds.stopsUse) return;
    await keyState.toHead();
    const seen = new Set<string>();
    let overdue = 0;
    for (;;) {
      const page = keyState.keysDue(clock.now(), seen.size + PAGE).filter(({ keyId }) => !seen.has(keyId));
      if (page.length === 0) break;
      for (const { account, region, keyId } of page) {
        seen.add(keyId);
        if ((this.retries.get(keyId)?.at ?? 0) > clock.now()) continue;
        overdue += await this.attend(account, region, keyId);
      }
    }
    this.overdue.set(overdue);
  }

  /** @returns 1 when a rotation of this key is overdue and still has not happened */
  private async attend(account: string, region: string, keyId: string): Promise<number> {
    const { keyState, clock } = this.on;
    let late = false;
    try {
      // Destruction takes two commands, and a rotation can bring the next date into the past: look until nothing is left to do.
      for (let rounds = 0; rounds < 4; rounds += 1) {
        const entry = await keyState.key(account, region, keyId);
        if (entry === undefined) return 0;
        const key: DomainKey = { ...entry.attributes, versions: await keyState.versions(entry) };
        const due = dueActions(key, clock.now()).filter((action) => this.mayHappen(action));
        if (due.length === 0) break;
        late = this.noteOverdue(key, due) || late;
        for (const action of due) await this.act(key, action);
      }
      this.retries.delete(keyId);
      this.overdueLogged.delete(keyId);
      return 0;
    } catch (error) {
      this.putOff(keyId, error);
      return late ? 1 : 0;
    }
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

  private noteOverdue(key: DomainKey, due: readonly DueAction[]): boolean {
    const rotation = due.find(({ command }) => command.type === 'RotateKey');
    if (rotation === undefined || this.on.clock.now() - rotation.dueAt < OVERDUE_AFTER) return false;
    if (!this.overdueLogged.has(key.keyId)) {
      this.overdueLogged.add(key.keyId);
      this.on.logger.warn('ALERT: a rotation is overdue', {
        key: key.arn,
        dueAt: new Date(rotation.dueAt).toISOString(),
      });
    }
    return true;
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
      this.done.inc({ action: command.type, result: 'success' });
      if (command.type === 'NotifyExpiry')
        this.on.logger.warn('ALERT: a key version is about to expire', { key: key.arn, version: command.version });
    } catch (error) {
      this.done.inc({ action: command.type, result: 'failure' });
      throw error;
    }
  }

  /** In the order that DESIGN section 3 demands: registered in the anchor, erased, then recorded as an event by the caller. */
  private async destroy(key: DomainKey, versions: readonly number[]): Promise<void> {
    const { anchor, hsm } = this.on;
    for (const version of key.versions) {
      if (!versions.includes(version.version)) continue;
      const { reference, spec } = version.material;
      await anchor.registerDestruction(reference);
      await hsm.destroy({ reference, keyId: key.keyId, version: version.version, spec, usage: key.usage });
    }
  }

  private putOff(keyId: string, error: unknown): void {
    const delay = Math.min((this.retries.get(keyId)?.delay ?? FIRST_RETRY / 2) * 2, LONGEST_RETRY);
    this.retries.set(keyId, { at: this.on.clock.now() + delay, delay });
    const reason = error instanceof KmsError ? error.message : error;
    this.on.logger.warn('something that is due could not be done, it is tried again', {
      keyId,
      reason,
      delayMs: delay,
    });
  }
}
