import type { SecretBytes } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { UnsealRefusal } from '@claviger/ports';
import type { Credentials } from '../../access/credentials.js';
import type { AuditTrail } from '../../audit-trail.js';
import { type Caller, type CallContext, type CallSource, newFacts } from '../../call-context.js';

/** What somebody did with the seal while nothing could be recorded. */
export interface UnsealTry {
  readonly requestId: string;
  readonly source: CallSource;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly operation: 'InitSeal' | 'Unseal' | 'ForgetShares';
  /** Null: it was taken. */
  readonly refusal: UnsealRefusal | null;
  /** Which share it was, as far as that could be read. */
  readonly share: { readonly set: string; readonly index: number } | null;
  /** The bearer token that came along; wiped here. */
  readonly token: SecretBytes | null;
  readonly reason: string | null;
}

/** Whose token is none, or was not sent. */
const UNAUTHENTICATED = 'unauthenticated';

/**
 * Puts on record, once it can be, who opened the seal. While it is closed nobody can be told from anybody; a token that came along is
 * looked at now, and gives the entry its principal.
 */
export class UnsealRecord {
  constructor(
    private readonly trail: AuditTrail,
    private readonly credentials: Credentials,
    private readonly account: string,
    private readonly region: string,
  ) {}

  /**
   * One entry per try; resolves when they are durable.
   * @param dropped refused tries that were too many to be kept
   * @throws KmsError Unavailable, Throttled
   */
  async write(tries: readonly UnsealTry[], dropped: number): Promise<void> {
    for (const [index, tried] of tries.entries()) {
      const last = index === tries.length - 1;
      await this.one(tried, last ? dropped : 0);
    }
  }

  private async one(tried: UnsealTry, dropped: number): Promise<void> {
    using token = tried.token;
    const caller = (token === null ? undefined : await this.credentials.bearer(textOf(token))) ?? this.nobody();
    const call = this.callOf(tried, caller, dropped);
    const refusal = tried.refusal === null ? undefined : new KmsError('Validation', tried.refusal);
    try {
      await this.trail.run(call, async () => {
        if (refusal !== undefined) throw refusal;
      });
    } catch (error) {
      if (error !== refusal) throw error;
    }
  }

  private callOf({ share, refusal, ...tried }: UnsealTry, caller: Caller, dropped: number): CallContext {
    const facts = newFacts();
    facts.decidedOn = { principal: caller.revision };
    facts.extra = {
      givenAt: new Date(tried.at).toISOString(),
      ...(share !== null && { set: share.set, share: share.index }),
      ...(refusal !== null && { refused: refusal }),
      ...(dropped > 0 && { furtherRefused: dropped }),
    };
    return {
      caller,
      region: this.region,
      source: tried.source,
      requestId: tried.requestId,
      protocol: 'admin',
      operation: tried.operation,
      reason: tried.reason,
      receivedAt: tried.at,
      idempotencyKey: null,
      requestHash: null,
      ifMatch: null,
      facts,
    };
  }

  private nobody(): Caller {
    const { account } = this;
    const name = UNAUTHENTICATED;
    return { id: name, account, name, arn: name, administrator: false, environment: null, revision: -1 };
  }
}

const textOf = (token: SecretBytes): string => token.use((bytes) => Buffer.from(bytes).toString('latin1'));
