import { constantTimeEqual } from '@claviger/crypto';
import type { Clock, Logger, Timer } from '@claviger/platform';
import type { Anchor, AnchorState, AuditJournal } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import type { Holds } from './holds.js';
import { missingVersions } from './missing-versions.js';
import type { TimeGuard } from './time-guard.js';

const EVERY_MS = 1_000;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Writes the anchor each second, and at start compares it with what is there. */
export class AnchorKeeper {
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly anchor: Anchor,
    private readonly journal: AuditJournal,
    private readonly keyState: KeyState,
    private readonly guard: TimeGuard,
    private readonly holds: Holds,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * What the anchor knows and the data lacks, sentence by sentence; empty when the data is at least as new. Called when the key state has
   * caught up.
   */
  async missing(): Promise<readonly string[]> {
    const state = this.anchor.state();
    if (state === undefined) return [];
    const findings: string[] = [];
    const { sequence, link } = state.journal;
    if (this.journal.head() < sequence) {
      findings.push(`The audit journal ends at entry ${this.journal.head()}; the anchor has seen entry ${sequence}.`);
    } else if (sequence > 0) {
      if ((await this.journal.link(sequence)) !== link)
        findings.push(`Entry ${sequence} of the audit journal is not the one that the anchor has seen.`);
    }
    const position = BigInt(state.store.position);
    const sum = await this.keyState.sumAt(position);
    if (this.keyState.applied < position) {
      findings.push(
        `The event store ends at position ${this.keyState.applied}; the anchor has seen position ${position}.`,
      );
    } else if (sum === undefined || !constantTimeEqual(sum, Buffer.from(state.store.sum, 'hex'))) {
      findings.push(
        `The event streams at position ${position} are not the ones that the anchor has seen: some were cut, replaced or restored.`,
      );
    }
    return findings.length === 0 ? findings : [...findings, ...(await missingVersions(this.anchor, this.keyState))];
  }

  start(): void {
    this.timer = this.clock.every(EVERY_MS, () => void this.advance());
  }

  async stop(): Promise<void> {
    this.timer?.cancel();
    await this.running;
    await this.advance();
  }

  /** One at a time; a failure is logged once per state by the anchor's own readiness, and tried again a second later. */
  advance(): Promise<void> {
    this.running ??= this.write().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async write(): Promise<void> {
    // While it knows more than the data does, what it knows must stay: overwriting it would accept the report for the operator.
    if (this.holds.all().some(({ kind }) => kind === 'anchor')) return;
    try {
      await this.anchor.advance(await this.present());
    } catch (error) {
      this.logger.error('the anchor could not be written, changes are refused until it can', { error });
    }
  }

  /** Only what is durable already: the journal's head and the applied position both are. */
  private async present(): Promise<AnchorState> {
    const store = { position: this.keyState.applied.toString(), sum: hex(this.keyState.sum()) };
    const sequence = this.journal.head();
    const link = await this.journal.link(sequence);
    if (link === undefined) throw new Error(`the audit journal has no link for its own head, entry ${sequence}`);
    return { journal: { sequence, link }, store, heartbeat: this.guard.beat() };
  }
}
