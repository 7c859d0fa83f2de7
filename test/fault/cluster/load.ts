import { setTimeout as delay } from 'node:timers/promises';
import { NoAnswer } from '../load.js';
import { failureOf } from './answers.js';

/** Something that makes one call after the other. */
export interface Stepper {
  readonly name: string;
  /** @throws NoAnswer when nobody knows what became of it; anything else is a finding */
  step(): Promise<void>;
  close(): void;
}

const PAUSE_AFTER_FAILURE_MS = 20;
const MOST_FINDINGS = 20;

/** Steppers beside each other until they are told to stop. Failures that leave the outcome open are counted, and the next call is made. */
export class Load {
  readonly findings: string[] = [];
  /** By their names, as `failureOf` gives them. */
  readonly failures = new Map<string, number>();
  private stopped = false;
  private readonly running: Promise<void>;

  constructor(private readonly steppers: readonly Stepper[]) {
    this.running = Promise.all(steppers.map((stepper) => this.run(stepper))).then(() => undefined);
  }

  /** Resolves when every call was answered. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    for (const stepper of this.steppers) stepper.close();
  }

  /** @returns a sentence for each kind of failure that is not among the expected */
  unexpected(expected: ReadonlySet<string>): string[] {
    const others = [...this.failures].filter(([name]) => !expected.has(name));
    return others.map(([name, count]) => `${count} calls failed with ${name}`);
  }

  private async run(stepper: Stepper): Promise<void> {
    while (!this.stopped) {
      try {
        await stepper.step();
      } catch (error) {
        if (error instanceof NoAnswer) this.count(failureOf(error.cause));
        else if (this.findings.length < MOST_FINDINGS) this.findings.push(`${stepper.name}: ${String(error)}`);
        await delay(PAUSE_AFTER_FAILURE_MS);
      }
    }
  }

  private count(failure: string): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}
