import { realpathSync } from 'node:fs';
import { HsmUnavailable } from '@claviger/ports';
import type { Clock } from '@claviger/platform';

/**
 * How one PKCS #11 module is used in this process. Cryptoki's state is the process's, not a thread's or an object's: C_Finalize ends
 * every session of everybody, and afterwards old numbers of sessions and objects may mean somebody else's new ones. So calls share the
 * module, whoever ends it has it alone, and everybody connects anew afterwards (`epoch`).
 */
export class ModuleUse {
  #epoch = 0;
  #users = 0;
  #running = 0;
  #alone = false;
  readonly #waiting: (() => void)[] = [];
  readonly #waitingAlone: (() => void)[] = [];

  /** Changes with every C_Finalize. What was opened in another epoch is gone. */
  get epoch(): number {
    return this.#epoch;
  }

  enter(): void {
    this.#users++;
  }

  /** Was this the last user of the module? */
  leave(): boolean {
    this.#users--;
    return this.#users === 0;
  }

  /** Runs `work`, as others may at the same time. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    // Whoever wants the module alone comes first, or it would wait for ever under load.
    if (this.#alone || this.#waitingAlone.length > 0) await new Promise<void>((go) => this.#waiting.push(go));
    else this.#running++;
    try {
      return await work();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  /**
   * Begins a new epoch and runs `work` while nobody else is in the module.
   * @throws HsmUnavailable when a call of somebody else has not returned within `patience` milliseconds
   */
  async alone<T>(clock: Clock, patience: number, work: () => Promise<T>): Promise<T> {
    if (this.#alone || this.#running > 0) await this.#turnAlone(clock, patience);
    else this.#alone = true;
    this.#epoch++;
    try {
      return await work();
    } finally {
      this.#alone = false;
      this.#next();
    }
  }

  #turnAlone(clock: Clock, patience: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        timer.cancel();
        resolve();
      };
      const timer = clock.after(patience, () => {
        const at = this.#waitingAlone.indexOf(go);
        if (at < 0) return;
        this.#waitingAlone.splice(at, 1);
        reject(new HsmUnavailable('a call of the PKCS #11 module does not return'));
        this.#next();
      });
      this.#waitingAlone.push(go);
    });
  }

  #next(): void {
    if (this.#alone) return;
    const alone = this.#running === 0 ? this.#waitingAlone.shift() : undefined;
    if (alone !== undefined) {
      this.#alone = true;
      alone();
      return;
    }
    if (this.#waitingAlone.length > 0) return;
    for (const go of this.#waiting.splice(0)) {
      this.#running++;
      go();
    }
  }
}

const uses = new Map<string, ModuleUse>();

/** The one of this module, whatever path leads to it. */
export function moduleUseOf(modulePath: string): ModuleUse {
  let path = modulePath;
  try {
    path = realpathSync(modulePath);
  } catch {
    // Loading it tells.
  }
  const known = uses.get(path);
  if (known !== undefined) return known;
  const use = new ModuleUse();
  uses.set(path, use);
  return use;
}
