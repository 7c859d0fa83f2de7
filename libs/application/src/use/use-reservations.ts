import {
  isSymmetric,
  keyArn,
  type KeyAttributes,
  ROTATE_AT_USES,
  type UsesCommand,
  type UsesContext,
  usesDecider,
  type UsesEvent,
  type UsesState,
  usesStream,
  type VersionState,
} from '@claviger/domain';
import type { Clock, Ids, Logger } from '@claviger/platform';
import type { ChangeKernel } from '../change/kernel.js';
import { systemCall } from '../system-call.js';

/** An account in a Region; shared by the blocks of all its keys. */
interface Scope {
  readonly account: string;
  readonly region: string;
}

/** One per version in use, for as long as the process runs: it holds no more of the key than is needed to give uses back. */
interface Block {
  readonly scope: Scope;
  readonly keyId: string;
  readonly version: number;
  /** Reserved and not used yet. */
  left: number;
  /** When to fetch the next block ahead of need. */
  refillAt: number;
  refill: Promise<void> | undefined;
}

/** Fewer than the event store lets wait; as many as share a commit well. */
const RETURNED_AT_ONCE = 256;
/** Of the 25 s that a stop may take. */
const RETURN_WITHIN_MS = 8_000;

/**
 * Counts uses of symmetric material before they happen, in blocks reserved in the event store, so that a crash can only count too many.
 * A use inside a block costs nothing; the next block is fetched while the present one still lasts.
 */
export class UseReservations {
  private readonly blocks = new Map<string, Block>();
  private readonly scopes = new Map<string, Scope>();

  constructor(
    private readonly kernel: ChangeKernel,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
    /** Called when a version has reached the number of uses at which it must be replaced, and again with every block after that. */
    private readonly onWornOut: (attributes: KeyAttributes, version: VersionState) => void,
  ) {}

  /** Takes one use. Undefined: taken. @throws (in the promise) KmsError when the bound is reached */
  take(attributes: KeyAttributes, version: VersionState): Promise<void> | undefined {
    if (!isSymmetric(version.material.spec)) return undefined;
    const name = version.material.reference;
    let block = this.blocks.get(name);
    if (block === undefined) {
      block = this.blockOf(attributes, version);
      this.blocks.set(name, block);
    }
    if (block.left > 0) {
      block.left -= 1;
      if (block.left <= block.refillAt && block.refill === undefined) {
        this.reserve(block, attributes, version).catch((error: unknown) =>
          this.logger.warn('uses could not be reserved ahead', { error }),
        );
      }
      return undefined;
    }
    return this.takeFromNext(block, attributes, version);
  }

  /**
   * On a clean stop: gives back what was reserved and not used, the largest blocks first, for as long as a stop may take. What is not
   * given back counts as used. Never rejects.
   */
  async returnAll(): Promise<void> {
    const blocks = [...this.blocks.values()].sort((a, b) => b.left - a.left);
    this.blocks.clear();
    const until = this.clock.monotonic() + RETURN_WITHIN_MS;
    let lost = 0;
    const queue = blocks.values();
    const lane = async (): Promise<void> => {
      for (const block of queue) {
        await block.refill?.catch(() => {});
        if (block.left === 0) continue;
        if (this.clock.monotonic() > until) lost += 1;
        else await this.execute(block, { type: 'ReturnUses', unused: block.left }).catch(() => (lost += 1));
      }
    };
    await Promise.all(Array.from({ length: RETURNED_AT_ONCE }, lane));
    if (lost > 0) this.logger.warn('reserved uses could not be given back, they count as used', { versions: lost });
  }

  private blockOf({ account, region, keyId }: KeyAttributes, { version }: VersionState): Block {
    const name = `${account} ${region}`;
    const scope = this.scopes.get(name) ?? { account, region };
    this.scopes.set(name, scope);
    return { scope, keyId, version, left: 0, refillAt: 0, refill: undefined };
  }

  private async takeFromNext(block: Block, attributes: KeyAttributes, version: VersionState): Promise<void> {
    while (block.left === 0) await this.reserve(block, attributes, version);
    block.left -= 1;
  }

  private reserve(block: Block, attributes: KeyAttributes, version: VersionState): Promise<void> {
    block.refill ??= this.fetch(block, attributes, version).finally(() => {
      block.refill = undefined;
    });
    return block.refill;
  }

  private async fetch(block: Block, attributes: KeyAttributes, version: VersionState): Promise<void> {
    const { total, lastBlock } = await this.execute(block, { type: 'ReserveUses' });
    block.left += lastBlock;
    block.refillAt = lastBlock >> 2;
    // With every block beyond the limit, so that a rotation that failed is tried again; one that happened makes this do nothing.
    if (total >= ROTATE_AT_USES) this.onWornOut(attributes, version);
  }

  private execute({ scope, keyId, version }: Block, command: UsesCommand): Promise<UsesState> {
    const { account, region } = scope;
    const call = systemCall(this.ids, this.clock, 'uses', account, region, command.type);
    return this.kernel.execute<UsesState, UsesCommand, UsesEvent, UsesContext, UsesState>(call, {
      decider: usesDecider,
      category: 'uses',
      stream: usesStream(account, region, keyId, version),
      account,
      commandId: this.ids.uuid7(),
      command,
      wanted: { action: `claviger:${command.type}`, resource: keyArn(account, region, keyId), account },
      context: () => ({ now: this.clock.now() }),
      result: (state) => state,
      revokes: false,
    });
  }
}
