import { OPERATOR_STREAM, operatorDecider, type OperatorState } from '@claviger/domain';
import type { Clock, Logger, Metrics } from '@claviger/platform';
import type { Anchor, EventStore, JobQueue, SealedSecrets } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import { foldRecords, type Loaded } from '../change/aggregate.js';
import type { UseGate } from '../access/use-gate.js';
import type { UseReservations } from '../use/use-reservations.js';
import type { AnchorKeeper } from './anchor-keeper.js';
import type { Holds } from './holds.js';
import type { Heartbeats } from './nodes/heartbeats.js';
import type { DueWork } from './jobs/due-work.js';
import type { Operator } from './operator.js';
import { reapplyDestructions } from './reapply-destructions.js';
import { type RestoredFrom, restoredSentence } from './restored-from.js';
import type { Scheduler } from './scheduler.js';
import type { Downtime, TimeGuard } from './time-guard.js';

const PAGE = 500;

export interface ProcessParts {
  readonly store: EventStore;
  readonly anchor: Anchor;
  readonly secrets: SealedSecrets;
  readonly keyState: KeyState;
  readonly holds: Holds;
  readonly guard: TimeGuard;
  /** The list that the guard looks at; filled here from the events. */
  readonly downtimes: Downtime[];
  readonly keeper: AnchorKeeper;
  readonly jobs: JobQueue;
  readonly work: DueWork;
  readonly scheduler: Scheduler;
  readonly operator: Operator;
  readonly reservations: UseReservations;
  readonly gate: UseGate;
  /** This node among others; absent where one process is all there is. */
  readonly nodes?: Heartbeats;
  /** The backup that the data was restored from; absent where it grew here. */
  readonly restored?: RestoredFrom | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What runs beside the calls, in the order in which it has to begin and end. */
export class Processes {
  constructor(private readonly on: ProcessParts) {}

  /** Once, when the key state has caught up and before the first call. Compares data, anchor and clock; raises holds. */
  async begin(account: string, region: string): Promise<void> {
    const { anchor, keeper, holds, guard, operator, downtimes, keyState, logger } = this.on;
    // 1. The anchor against the data, before anything is written that could hide a difference.
    const state = anchor.state();
    const findings = [...(await keeper.missing())];
    if (state === undefined && keyState.heads.size > 0 && (await this.on.nodes?.vouchedFor()) !== true) {
      findings.push('There is data, but the anchor is empty: nothing tells whether the data is the newest.');
    }
    if (findings.length > 0) {
      if (this.on.restored !== undefined) findings.unshift(restoredSentence(this.on.restored));
      holds.raise({ kind: 'anchor', stops: 'use', findings });
      logger.error(
        'ALERT: the data is older than its anchor, key use is refused until an operator has accepted the report',
        { findings },
      );
    }
    // 2. What was destroyed stays destroyed, whatever was restored.
    await reapplyDestructions(this.on);
    // 3. The clock.
    downtimes.push(...(await this.knownDowntimes()));
    const downtime = guard.begin(state?.heartbeat);
    if (downtime !== undefined) {
      await operator.resumed(account, region, downtime);
      downtimes.push(downtime);
    }
    // 4. From here on the anchor follows.
    await keeper.advance();
    // 5. Last, for from here on others wait for this node: the lease to use keys.
    await this.on.nodes?.serve(this.on.gate);
  }

  /** After {@link begin}. @param works this node looks for what is due, and does it */
  start(works: boolean): void {
    const { keeper, jobs, work, scheduler } = this.on;
    keeper.start();
    if (!works) return;
    jobs.work(async (id) => void (await work.run(id)));
    scheduler.start();
  }

  /** When no call runs any more. Gives back reserved uses and leaves the anchor at the end of the log. */
  async stop(): Promise<void> {
    await this.on.scheduler.stop();
    // Running jobs end before what they need does.
    await this.on.jobs.close();
    await this.on.reservations.returnAll();
    await this.on.nodes?.leave();
    await this.on.keeper.stop();
  }

  private async knownDowntimes(): Promise<OperatorState['downtimes']> {
    let loaded: Loaded<OperatorState> = { state: operatorDecider.initialState, revision: -1, commands: new Map() };
    for (;;) {
      const page = await this.on.store.readStream(OPERATOR_STREAM, loaded.revision + 1, PAGE);
      loaded = foldRecords(operatorDecider, 'operator', loaded, page, this.on.clock.now());
      if (page.length < PAGE) return loaded.state.downtimes;
    }
  }
}
