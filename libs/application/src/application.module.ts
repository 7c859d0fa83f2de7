import type { HmacSha256 } from '@claviger/crypto';
import { Clock, Ids, Logger, Metrics } from '@claviger/platform';
import { Anchor, AuditJournal, type DetailKeys, EventStore, type Hsm, JobQueue, SealedSecrets } from '@claviger/ports';
import { KeyState, UsageCounters } from '@claviger/projections';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Credentials } from './access/credentials.js';
import { HELD_BY_LOCK } from './access/lease.js';
import { LocalRevocation } from './access/revocation.js';
import { UseGate } from './access/use-gate.js';
import { AuditTrail } from './audit-trail.js';
import { AliasChanges } from './change/alias-changes.js';
import { Bootstrap } from './change/bootstrap.js';
import { CommandIds } from './change/command-ids.js';
import { EventDetails } from './change/event-details.js';
import { KeyChanges } from './change/key-changes.js';
import { ChangeKernel } from './change/kernel.js';
import { SealedEventDetails } from './change/sealed-event-details.js';
import { commandHandlers, queryHandlers } from './handlers.js';
import { HsmDevices, type TokenSlot } from './hsm-devices.js';
import { KeyResolver } from './key-resolver.js';
import { AnchorKeeper } from './processes/anchor-keeper.js';
import { Holds } from './processes/holds.js';
import type { Heartbeats } from './processes/nodes/heartbeats.js';
import { DueWork } from './processes/jobs/due-work.js';
import { Operator } from './processes/operator.js';
import { Processes } from './processes/processes.js';
import type { RestoredFrom } from './processes/restored-from.js';
import { Scheduler } from './processes/scheduler.js';
import { type Downtime, TimeGuard } from './processes/time-guard.js';
import { useProviders } from './use/use-providers.js';

/** Everything that a profile brings: opened ports and read models. */
export interface ApplicationParts {
  readonly store: EventStore;
  readonly journal: AuditJournal;
  readonly anchor: Anchor;
  /** Has the keys whose protection level is SOFTWARE. */
  readonly hsm: Hsm;
  /** Has those whose protection level is HSM; absent where no token is configured. */
  readonly token?: TokenSlot;
  readonly secrets: SealedSecrets;
  readonly detailKeys: DetailKeys;
  readonly keyState: KeyState;
  readonly usage: UsageCounters;
  readonly jobs: JobQueue;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Keys the ids of commands; the same on every node. */
  readonly clusterKey: HmacSha256;
  readonly node: string;
  /** This node among others; absent where one process is all there is. */
  readonly nodes?: Heartbeats;
  /** Aggregates, and public keys, kept in memory per cache generation. */
  readonly cached: number;
  /** The backup that the data was restored from; absent where it grew here. */
  readonly restored?: RestoredFrom | undefined;
}

/** Command and query handlers, and what they share. The profile builds the parts; nothing here knows an adapter. */
@Module({})
export class ApplicationModule {
  static over(parts: ApplicationParts): DynamicModule {
    const { clock, ids, logger, metrics, keyState, node } = parts;
    const devices = new HsmDevices(parts.hsm, parts.token ?? null);
    const values: Provider[] = [
      { provide: EventStore, useValue: parts.store },
      { provide: AuditJournal, useValue: parts.journal },
      { provide: Anchor, useValue: parts.anchor },
      { provide: HsmDevices, useValue: devices },
      { provide: SealedSecrets, useValue: parts.secrets },
      { provide: KeyState, useValue: keyState },
      { provide: UsageCounters, useValue: parts.usage },
      { provide: JobQueue, useValue: parts.jobs },
      { provide: Clock, useValue: clock },
      { provide: Ids, useValue: ids },
      { provide: Logger, useValue: logger },
      { provide: Metrics, useValue: metrics },
    ];
    const gate = new UseGate(clock);
    const lease = parts.nodes?.lease ?? HELD_BY_LOCK;
    const revocation = parts.nodes ?? new LocalRevocation(gate);
    const holds = new Holds();
    const commandIds = new CommandIds(parts.clusterKey, ids);
    const details = new SealedEventDetails(parts.detailKeys, ids);
    const resolver = new KeyResolver(keyState);
    const kernel = new ChangeKernel({ ...parts, devices, revocation, details, cachedAggregates: parts.cached });
    const changes = new KeyChanges(kernel, commandIds, resolver, parts.anchor, devices, parts.usage, clock);
    const trail = new AuditTrail(parts.journal, parts.usage, gate, lease, clock, logger, metrics, node);
    const { reservations, providers: use } = useProviders({
      ...parts,
      devices,
      resolver,
      gate,
      lease,
      holds,
      kernel,
      changes,
    });
    const downtimes: Downtime[] = [];
    const guard = new TimeGuard(clock, holds, logger, () => keyState.lastEventAt, downtimes);
    const keeper = new AnchorKeeper(parts.anchor, parts.journal, keyState, guard, holds, clock, logger);
    const operator = new Operator(kernel, holds, guard, keeper, clock, ids);
    const work = new DueWork({ ...parts, devices, changes, commandIds, trail, holds, guard });
    const scheduler = new Scheduler({ ...parts, work, holds });
    const processes = new Processes({
      ...parts,
      gate,
      holds,
      guard,
      downtimes,
      keeper,
      work,
      scheduler,
      operator,
      reservations,
    });
    const shared: Provider[] = [
      { provide: UseGate, useValue: gate },
      { provide: Holds, useValue: holds },
      { provide: CommandIds, useValue: commandIds },
      { provide: EventDetails, useValue: details },
      { provide: KeyResolver, useValue: resolver },
      { provide: ChangeKernel, useValue: kernel },
      { provide: KeyChanges, useValue: changes },
      { provide: AliasChanges, useValue: new AliasChanges(kernel, commandIds, keyState, clock) },
      { provide: Credentials, useValue: new Credentials(keyState, parts.secrets) },
      { provide: AuditTrail, useValue: trail },
      { provide: Bootstrap, useValue: new Bootstrap(kernel, commandIds, keyState, parts.secrets, clock, ids) },
      { provide: Operator, useValue: operator },
      { provide: DueWork, useValue: work },
      { provide: Scheduler, useValue: scheduler },
      { provide: Processes, useValue: processes },
    ];
    const providers = [...values, ...shared, ...use];
    return {
      module: ApplicationModule,
      global: true,
      imports: [CqrsModule.forRoot()],
      providers: [...providers, ...commandHandlers, ...queryHandlers],
      exports: [...providers, CqrsModule],
    };
  }
}
