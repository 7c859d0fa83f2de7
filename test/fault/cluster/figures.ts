import { table } from '../../bench/report.js';
import { median } from '../../bench/statistics.js';

/** One thing that was put out of order, and how often. */
interface Trouble {
  times: number;
  /** Milliseconds until everything served again, without help. */
  readonly recoveries: number[];
  /** Calls that were answered meanwhile. */
  answered: number;
}

/** What a run comes to. */
export class Figures {
  calls = 0;
  keys = 0;
  events = 0;
  rotations = 0;
  ciphertexts = 0;
  /** Acknowledged and not there, or not as acknowledged. */
  losses = 0;
  /** Rotations that are there and that nobody was told of. */
  doubles = 0;
  usesAfterRevocation = 0;
  usesBeyondTheLease = 0;
  private readonly troubles = new Map<string, Trouble>();

  trouble(what: string, { recoveredMs, answered }: { readonly recoveredMs: number; readonly answered: number }): void {
    const trouble = this.troubles.get(what) ?? { times: 0, recoveries: [], answered: 0 };
    trouble.times += 1;
    trouble.recoveries.push(recoveredMs);
    trouble.answered += answered;
    this.troubles.set(what, trouble);
  }

  text(): string {
    const rows = [...this.troubles].map(([what, { times, recoveries, answered }]) => [
      what,
      String(times),
      median(recoveries).toFixed(0),
      Math.max(...recoveries).toFixed(0),
      String(answered),
    ]);
    return [
      table(['what failed', 'times', 'recovered in ms', 'slowest ms', 'calls answered meanwhile'], rows),
      '',
      `  ${this.calls} answered calls, ${this.keys} keys, ${this.events} events, ${this.rotations} rotations, ${this.ciphertexts} ciphertexts decrypted`,
      `  losses ${this.losses}, doubled rotations ${this.doubles}, uses after revocation ${this.usesAfterRevocation}, ` +
        `uses beyond the lease ${this.usesBeyondTheLease}`,
    ].join('\n');
  }
}
