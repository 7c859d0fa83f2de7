import { sealRefusal, type SealView, type UnsealTry } from '@claviger/application';
import type { SecretBytes } from '@claviger/crypto';
import type { Clock, Logger } from '@claviger/platform';
import { UnsealRefused } from '@claviger/ports';
import type { ClosedSeal, PeoplesSeal } from '../profiles/seal.js';
import { FirstStartRefused } from '../profiles/seal-errors.js';
import { type Refused, refusal } from './refusals.js';
import { Tries } from './tries.js';
import { TryLimit } from './try-limit.js';

/** Who calls, as far as that can be told while the seal is closed. */
export type Visitor = Pick<UnsealTry, 'requestId' | 'source' | 'token' | 'reason'>;

export interface Initialised {
  readonly seal: SealView;
  readonly shares: readonly string[] | null;
}

/** A closed seal and those who come to open it: makes it once, collects shares, slows down whoever tries, remembers who it was. */
export class SealGate {
  readonly tries = new Tries();
  /** Resolves with the open seal. */
  readonly opened: Promise<PeoplesSeal>;
  private open!: (seal: PeoplesSeal) => void;
  private readonly limit: TryLimit;
  private making = false;
  private readonly remembered = new WeakSet<Visitor>();

  constructor(
    private found: ClosedSeal,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.limit = new TryLimit(clock);
    this.opened = new Promise((resolve) => (this.open = resolve));
  }

  view(): SealView {
    const { found } = this;
    if (found.state === 'not-initialised') return { kind: found.kind, state: found.state, shares: null, rekey: null };
    const progress = found.seal.progress();
    if (progress.status === 'unsealed') return { kind: found.seal.kind, state: 'starting', shares: null, rekey: null };
    if (progress.wants === 'passphrase') return { kind: found.seal.kind, state: 'sealed', shares: null, rekey: null };
    const { set, shares, threshold, given, missing } = progress;
    return { kind: found.seal.kind, state: 'sealed', shares: { set, shares, threshold, given, missing }, rekey: null };
  }

  /** Why nothing is served, in the words of the health check. */
  reasons(): readonly string[] {
    switch (this.view().state) {
      case 'not-initialised':
        return ['not initialised: run `claviger operator init`'];
      case 'sealed':
        return ['sealed'];
      case 'starting':
      case 'unsealed':
        return ['starting'];
    }
  }

  /** Kind of secret or plan that this seal is made with; undefined once it is made. */
  get wantsInit(): 'passphrase' | 'shares' | undefined {
    return this.found.state === 'not-initialised' ? this.found.kind : undefined;
  }

  /** What opens it. @throws Refused while there is no seal yet */
  get wantsUnseal(): 'passphrase' | 'share' {
    const { found } = this;
    if (found.state === 'not-initialised') {
      throw refusal('InvalidKeyState', 'There is no root key yet. `claviger operator init` makes it.');
    }
    return found.seal.kind === 'passphrase' ? 'passphrase' : 'share';
  }

  /** Makes the root key under a passphrase, once, and opens the seal with it. @param passphrase lent @throws Refused */
  initByPassphrase(visitor: Visitor, passphrase: SecretBytes): Promise<Initialised> {
    return this.make(visitor, async (found) => {
      if (found.kind !== 'passphrase') throw wrongKind('{"shares": n, "threshold": m}');
      const seal = await found.init(passphrase);
      this.found = { state: 'sealed', seal };
      await seal.unseal(passphrase);
      this.pass(seal);
      return null;
    });
  }

  /** Makes the root key under shares, once. They are in the answer and nowhere else. @throws Refused */
  initByShares(visitor: Visitor, plan: { readonly shares: number; readonly threshold: number }): Promise<Initialised> {
    return this.make(visitor, async (found) => {
      if (found.kind !== 'shares') throw wrongKind('{"passphrase": …}');
      const { seal, shares } = await found.init(plan);
      this.found = { state: 'sealed', seal };
      return shares.map((share) => {
        using owned = share;
        return owned.use((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'));
      });
    });
  }

  /** Takes the passphrase or one share. @param given lent @throws Refused naming what is wrong */
  unseal(visitor: Visitor, given: SecretBytes): Promise<SealView> {
    return this.limited(visitor, async () => {
      const seal = this.closed();
      try {
        // What comes once it is open is not looked at, and nobody goes on record for it.
        await seal.unseal(given, (share) => this.taken(visitor, seal, share));
        return this.view();
      } catch (error) {
        if (!(error instanceof UnsealRefused)) throw error;
        this.remember(visitor, 'Unseal', error.reason, error.share ?? null);
        this.logger.warn('what was given does not open the seal', {
          reason: error.reason,
          ...nameOf(error.share ?? null),
        });
        throw error;
      }
    });
  }

  /** @throws Refused */
  forget(visitor: Visitor): Promise<SealView> {
    return this.limited(
      visitor,
      async () => {
        const seal = this.closed();
        if (seal.status() === 'unsealed') return this.view();
        seal.forgetShares();
        this.remember(visitor, 'ForgetShares', null, null);
        this.logger.warn('the shares given so far were forgotten');
        return this.view();
      },
      true,
    );
  }

  private taken(visitor: Visitor, seal: PeoplesSeal, share: UnsealTry['share']): void {
    this.remember(visitor, 'Unseal', null, share);
    this.logger.info('what opens the seal was given, or a part of it', { ...nameOf(share) });
    if (seal.status() === 'unsealed') this.pass(seal);
  }

  private pass(seal: PeoplesSeal): void {
    this.logger.info('the seal is open', { kind: seal.kind });
    this.open(seal);
  }

  /** @throws Refused when it is not made yet */
  private closed(): PeoplesSeal {
    const { found } = this;
    if (found.state !== 'not-initialised') return found.seal;
    throw refusal('InvalidKeyState', 'There is no root key yet. `claviger operator init` makes it.');
  }

  private make(
    visitor: Visitor,
    work: (found: Extract<ClosedSeal, { readonly state: 'not-initialised' }>) => Promise<Initialised['shares']>,
  ): Promise<Initialised> {
    return this.limited(visitor, async () => {
      const { found } = this;
      if (found.state !== 'not-initialised' || this.making) {
        throw refusal('AlreadyExists', 'The service has its root key already. It is made once, and never anew.');
      }
      this.making = true;
      try {
        const shares = await work(found);
        this.remember(visitor, 'InitSeal', null, null);
        this.logger.info('a new root key was made', { kind: found.kind });
        return { seal: this.view(), shares };
      } finally {
        this.making = false;
      }
    });
  }

  private async limited<T>(visitor: Visitor, work: () => Promise<T>, counts = false): Promise<T> {
    const admission = this.limit.admit(visitor.source.address);
    if ('waitSeconds' in admission) {
      visitor.token?.wipe();
      const { waitSeconds } = admission;
      const wait = `${waitSeconds} ${waitSeconds === 1 ? 'second' : 'seconds'}`;
      throw refusal('Throttled', `Too many tries. Try again in ${wait}.`, { retryAfterSeconds: waitSeconds });
    }
    let refused = true;
    try {
      const done = await work();
      refused = counts;
      return done;
    } catch (error) {
      // Somebody gave a share that was there: that is no guess.
      if (error instanceof UnsealRefused && error.reason === 'given-twice') refused = false;
      throw refusedOf(error) ?? error;
    } finally {
      admission.ended(refused);
      // Whoever is not on record needs no name.
      if (!this.remembered.has(visitor)) visitor.token?.wipe();
    }
  }

  private remember(
    visitor: Visitor,
    operation: UnsealTry['operation'],
    reason: UnsealTry['refusal'],
    share: UnsealTry['share'],
  ): void {
    this.remembered.add(visitor);
    this.tries.add({ ...visitor, at: this.clock.now(), operation, refusal: reason, share });
  }
}

const nameOf = (share: UnsealTry['share']): { readonly set: string; readonly index: number } | undefined =>
  share ?? undefined;

const wrongKind = (body: string): Refused =>
  refusal('Validation', `This seal is made with ${body} (CLAVIGER_SEAL of the service).`);

function refusedOf(error: unknown): Refused | undefined {
  if (error instanceof FirstStartRefused) return refusal('AlreadyExists', error.message);
  const known = sealRefusal(error);
  if (known === undefined) return undefined;
  const { argument, reason } = known.details;
  const share = error instanceof UnsealRefused ? error.share : undefined;
  return refusal(known.kind === 'Unavailable' ? 'Unavailable' : 'Validation', known.message, {
    ...(argument !== undefined && { argument }),
    ...(reason !== undefined && { reason }),
    ...(share !== undefined && { share }),
  });
}
