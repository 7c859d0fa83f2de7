import { type RandomSource, SecretBytes } from '@claviger/crypto';
import { type DetailKey, DetailKeys } from './detail-keys.js';

/** Reference implementation; forgets everything with the process. */
export class InMemoryDetailKeys extends DetailKeys {
  readonly #keys = new Map<string, (DetailKey | undefined)[]>();

  constructor(private readonly random: RandomSource) {
    super();
  }

  override cached(account: string, month: string): DetailKey | undefined {
    return this.#keys.get(`${account} ${month}`)?.at(-1);
  }

  override forWriting(account: string, month: string): Promise<DetailKey> {
    const generations = this.#keys.get(`${account} ${month}`) ?? [];
    this.#keys.set(`${account} ${month}`, generations);
    const current = generations.at(-1);
    if (current !== undefined) return Promise.resolve(current);
    const made = { account, month, generation: generations.length, key: SecretBytes.take(this.random(32)) };
    generations.push(made);
    return Promise.resolve(made);
  }

  override forReading(account: string, month: string, generation: number): Promise<SecretBytes | undefined> {
    return Promise.resolve(this.#keys.get(`${account} ${month}`)?.[generation]?.key);
  }

  override erase(account: string, month: string): Promise<void> {
    const generations = this.#keys.get(`${account} ${month}`) ?? [];
    for (const [index, key] of generations.entries()) {
      key?.key.wipe();
      generations[index] = undefined;
    }
    return Promise.resolve();
  }
}
