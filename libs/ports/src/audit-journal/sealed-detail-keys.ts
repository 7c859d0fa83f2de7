import { type RandomSource, SecretBytes, uuidV5 } from '@claviger/crypto';
import { ReferenceDestroyed } from '../sealed-store/contract.js';
import type { SealedSecrets } from '../sealed-store/sealed-secrets.js';
import { type DetailKey, DetailKeys } from './detail-keys.js';

/** Namespace of the references; fixed for ever, since stored keys are found by it. */
const NAMESPACE = 'c1a71ce5-de7a-5e11-8000-a0d17106e000';
/** Bounds the search for the generation that lives. */
const MAX_GENERATIONS = 10_000;
const MAX_CACHED = 4096;

/**
 * Detail keys in the sealed store. The reference follows from account, month and generation, so that nothing else has to be stored,
 * two processes agree on one key, and a destroyed one can never come back: the store refuses its reference, and the next generation
 * is taken.
 *
 * Passes on what the sealed secrets throw.
 */
export class SealedDetailKeys extends DetailKeys {
  readonly #current = new Map<string, DetailKey>();
  readonly #making = new Map<string, Promise<DetailKey>>();
  readonly #read = new Map<string, SecretBytes>();
  /** Months whose last generation this process erased: nothing is left to erase until a new one is made. */
  readonly #erased = new Set<string>();

  constructor(
    private readonly secrets: SealedSecrets,
    private readonly random: RandomSource,
  ) {
    super();
  }

  override cached(account: string, month: string): DetailKey | undefined {
    return this.#current.get(`${account} ${month}`);
  }

  override async forWriting(account: string, month: string): Promise<DetailKey> {
    const id = `${account} ${month}`;
    const known = this.#current.get(id) ?? this.#making.get(id);
    if (known !== undefined) return known;
    const making = this.#alive(account, month).finally(() => this.#making.delete(id));
    this.#making.set(id, making);
    const made = await making;
    this.#erased.delete(id);
    keep(this.#current, id, made);
    return made;
  }

  override async forReading(account: string, month: string, generation: number): Promise<SecretBytes | undefined> {
    const current = this.#current.get(`${account} ${month}`);
    if (current?.generation === generation) return current.key;
    const id = `${account} ${month} ${generation}`;
    const known = this.#read.get(id);
    if (known !== undefined) return known;
    const about = { account, month, generation };
    const opened = await this.secrets.open(referenceOf(account, month, generation), 'detail-key', about);
    if (opened !== undefined) keep(this.#read, id, opened);
    return opened;
  }

  override async erase(account: string, month: string): Promise<void> {
    const id = `${account} ${month}`;
    await this.#making.get(id)?.catch(() => undefined);
    if (this.#erased.has(id)) return;
    // Only the last generation can be alive. Where there never was a key one is made, to be told apart from one that was destroyed.
    const { generation, key } = await this.#alive(account, month);
    await this.secrets.destroy(referenceOf(account, month, generation));
    key.wipe();
    for (const place of [this.#current.get(id)?.key, this.#read.get(`${id} ${generation}`)]) place?.wipe();
    this.#current.delete(id);
    this.#read.delete(`${id} ${generation}`);
    this.#erased.add(id);
  }

  async #alive(account: string, month: string): Promise<DetailKey> {
    for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
      try {
        const about = { account, month, generation };
        const make = (): SecretBytes => SecretBytes.take(this.random(32));
        const key = await this.secrets.openOrCreate(referenceOf(account, month, generation), 'detail-key', about, make);
        return { account, month, generation, key };
      } catch (error) {
        if (!(error instanceof ReferenceDestroyed)) throw error;
      }
    }
    throw new Error(`the detail key of ${month} was erased ${MAX_GENERATIONS} times`);
  }
}

const referenceOf = (account: string, month: string, generation: number): string =>
  uuidV5(NAMESPACE, `detail key ${account} ${month} ${generation}`);

function keep<T>(map: Map<string, T>, id: string, value: T): void {
  map.set(id, value);
  const [oldest] = map.keys();
  if (map.size > MAX_CACHED && oldest !== undefined) map.delete(oldest);
}
