import { AuditJournal, EventStore } from '@claviger/ports';
import { KeyState } from '@claviger/projections';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { HsmDevices, type TokenStatus } from '../hsm-devices.js';
import { type Hold, Holds } from '../processes/holds.js';
import { ServiceFacts } from './service-facts.js';

/** How the service is, for the person who runs it. Positions of the store are decimal text. */
export interface ServiceStatus {
  readonly profile: string;
  readonly role: string;
  readonly node: string;
  readonly account: string;
  readonly regions: readonly string[];
  readonly seal: string;
  /** Keeps the keys of protection level SOFTWARE. */
  readonly hsm: string;
  /** Keeps those of protection level HSM; null where no token is configured. */
  readonly token: TokenStatus | null;
  /** Why calls cannot be served; empty when they can. */
  readonly notReady: readonly string[];
  readonly store: { readonly position: string };
  readonly journal: { readonly head: number; readonly writable: boolean };
  readonly keyState: { readonly position: string; readonly behind: string; readonly following: boolean };
  readonly auditView: { readonly behindJournal: number; readonly behindStore: number };
  /** Resources whose record does not verify: see `doctor`. */
  readonly outOfUse: number;
  readonly holds: readonly Hold[];
}

export class ServiceStatusQuery extends Query<ServiceStatus> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@QueryHandler(ServiceStatusQuery)
export class ServiceStatusHandler implements IQueryHandler<ServiceStatusQuery> {
  constructor(
    private readonly facts: ServiceFacts,
    private readonly store: EventStore,
    private readonly journal: AuditJournal,
    private readonly keyState: KeyState,
    private readonly devices: HsmDevices,
    private readonly holds: Holds,
  ) {}

  async execute({ call }: ServiceStatusQuery): Promise<ServiceStatus> {
    authorise(call, { action: 'claviger:GetStatus', resource: '*', account: call.caller.account }, undefined);
    const { facts, keyState, journal } = this;
    const head = await this.store.head();
    const behind = head > keyState.applied ? head - keyState.applied : 0n;
    const backlog = facts.auditBacklog();
    const devices = this.devices.status();
    return {
      profile: facts.profile,
      role: facts.role,
      node: facts.node,
      account: facts.account,
      regions: facts.regions,
      seal: facts.seal,
      hsm: devices.software,
      token: devices.token,
      notReady: facts.notReady(),
      store: { position: head.toString() },
      journal: { head: journal.head(), writable: journal.writable() },
      keyState: { position: keyState.applied.toString(), behind: behind.toString(), following: keyState.following },
      auditView: { behindJournal: backlog.journal, behindStore: backlog.events },
      outOfUse: keyState.faulted().size,
      holds: this.holds.all(),
    };
  }
}
