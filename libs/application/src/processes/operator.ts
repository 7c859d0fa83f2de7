import { canonicalJson, sha256Hex } from '@claviger/crypto';
import {
  OPERATOR_STREAM,
  type OperatorCommand,
  type OperatorContext,
  operatorDecider,
  type OperatorEvent,
  type OperatorState,
} from '@claviger/domain';
import type { Clock, Ids } from '@claviger/platform';
import type { CallContext } from '../call-context.js';
import type { ChangeKernel } from '../change/kernel.js';
import { systemCall } from '../system-call.js';
import type { AnchorKeeper } from './anchor-keeper.js';
import type { Hold, Holds } from './holds.js';
import type { Downtime, TimeGuard } from './time-guard.js';

/** What waits for an operator, and the hash by which it is accepted. */
export interface OperatorReport {
  /** SHA-256, hex; changes with every finding. */
  readonly report: string;
  readonly holds: readonly Hold[];
}

/** Shows operators what holds the service back, and takes their word for it: an event, with who and why. */
export class Operator {
  constructor(
    private readonly kernel: ChangeKernel,
    private readonly holds: Holds,
    private readonly guard: TimeGuard,
    private readonly keeper: AnchorKeeper,
    private readonly clock: Clock,
    private readonly ids: Ids,
  ) {}

  report(): OperatorReport {
    const holds = this.holds.all();
    const report = sha256Hex(
      canonicalJson(holds.map(({ kind, stops, findings }) => ({ kind, stops, findings: [...findings] }))),
    );
    return { report, holds };
  }

  /** @throws KmsError PreconditionFailed when the report has changed, InvalidKeyState when there is nothing to accept */
  async accept(call: CallContext, report: string): Promise<OperatorReport> {
    const { holds } = this.report();
    await this.execute(call, {
      type: 'AcceptReport',
      report,
      kinds: holds.map(({ kind }) => kind),
      findings: holds.flatMap(({ findings }) => findings),
    });
    for (const { kind } of holds) {
      if (kind === 'clock') this.guard.accept();
      else this.holds.release(kind);
    }
    // From here on the anchor names what is there now, so that the next start finds nothing missing.
    await this.keeper.advance();
    return this.report();
  }

  /** Keeps a downtime for the deletion windows that it must not consume. */
  async resumed(account: string, region: string, { from, to }: Downtime): Promise<void> {
    await this.execute(systemCall(this.ids, this.clock, 'start', account, region, 'ResumeService'), {
      type: 'ResumeService',
      from,
      to,
    });
  }

  private execute(call: CallContext, command: OperatorCommand): Promise<OperatorState> {
    const { account } = call.caller;
    return this.kernel.execute<OperatorState, OperatorCommand, OperatorEvent, OperatorContext, OperatorState>(call, {
      decider: operatorDecider,
      category: 'operator',
      stream: OPERATOR_STREAM,
      account,
      commandId: this.ids.uuid7(),
      command,
      wanted: { action: `claviger:${command.type}`, resource: '*', account },
      context: () => ({ now: this.clock.now(), report: this.report().report }),
      result: (state) => state,
      revokes: false,
    });
  }
}
