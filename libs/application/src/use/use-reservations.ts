import {
  isSymmetric,
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

interface Block {
  readonly attributes: KeyAttributes;
  readonly version: VersionState;
  /** Reserved and not used yet. */
  left: number;
  /** When to fetch the next block ahead of need. */
  refillAt: number;
  refill: Promise<void> | undefined;
}

/**
 * Counts uses of symmetric material before they happen, in blocks reserved in the event store, so that a crash can only count too many.
 * A use inside a block costs nothing; the next block is fetched while the present one still lasts.
 */
export class UseReservations {
  private readonly blocks = new Map<string, Block>();

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
      block = { attributes, version, left: 0, refillAt: 0, refill: undefined };
      this.blocks.set(name, block);
    }
    if (block.left > 0) {
      block.left -= 1;
      if (block.left <= block.refillAt && block.refill === undefined) {
        this.reserve(block).catch((error: unknown) => this.logger.warn('uses could not be reserved ahead', { error }));
      }
      return undefined;
    }
    return this.takeFromNext(block);
  }

  /** On a clean stop: gives back what was reserved and not used. */
  async returnAll(): Promise<void> {
    const blocks = [...this.blocks.values()];
    this.blocks.clear();
    await Promise.all(
      blocks.map(async (block) => {
        await block.refill?.catch(() => {});
        if (block.left > 0) await this.execute(block, { type: 'ReturnUses', unused: block.left });
      }),
    );
  }

  private async takeFromNext(block: Block): Promise<void> {
    while (block.left === 0) await this.reserve(block);
    block.left -= 1;
  }

  private reserve(block: Block): Promise<void> {
    block.refill ??= this.fetch(block).finally(() => {
      block.refill = undefined;
    });
    return block.refill;
  }

  private async fetch(block: Block): Promise<void> {
    const { total, lastBlock } = await this.execute(block, { type: 'ReserveUses' });
    block.left += lastBlock;
    block.refillAt = lastBlock >> 2;
    // With every block beyond the limit, so that a rotation that failed is tried again; one that happened makes this do nothing.
    if (total >= ROTATE_AT_USES) this.onWornOut(block.attributes, block.version);
  }

  private execute({ attributes, version }: Block, command: UsesCommand): Promise<UsesState> {
    const { account, region, keyId, arn } = attributes;
    const call = systemCall(this.ids, this.clock, 'uses', account, region, command.type);
    return this.kernel.execute<UsesState, UsesCommand, UsesEvent, UsesContext, UsesState>(call, {
      decider: usesDecider,
      category: 'uses',
      stream: usesStream(account, region, keyId, version.version),
      account,
      commandId: this.ids.uuid7(),
      command,
      wanted: { action: `claviger:${command.type}`, resource: arn, account },
      context: () => ({ now: this.clock.now() }),
      result: (state) => state,
      revokes: false,
    });
  }
}
