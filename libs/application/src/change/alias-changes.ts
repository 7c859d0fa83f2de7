import {
  type AliasAggregate,
  type AliasCommand,
  type AliasContext,
  aliasArn,
  aliasDecider,
  type AliasEvent,
  type AliasState,
  aliasStream,
  type AliasTarget,
  KmsError,
} from '@claviger/domain';
import type { Clock } from '@claviger/platform';
import type { KeyEntry, KeyState } from '@claviger/projections';
import type { CallContext } from '../call-context.js';
import type { CommandIds } from './command-ids.js';
import type { ChangeKernel } from './kernel.js';

const MOST_ALIASES_PER_KEY = 50;

export interface AliasChange {
  /** Without the prefix `alias/`. */
  readonly name: string;
  readonly command: AliasCommand;
  readonly action: string;
  /** The new target; undefined for a deletion. */
  readonly target: KeyEntry | undefined;
  readonly revokes: boolean;
}

/** What all commands on aliases have in common. */
export class AliasChanges {
  constructor(
    private readonly kernel: ChangeKernel,
    private readonly ids: CommandIds,
    private readonly keyState: KeyState,
    private readonly clock: Clock,
  ) {}

  async execute(call: CallContext, change: AliasChange): Promise<AliasState> {
    const { account } = call.caller;
    const { region } = call;
    const { name, target } = change;
    call.facts.named = `alias/${name}`;
    if (target !== undefined) call.facts.keyId = target.attributes.keyId;
    const arn = aliasArn(account, region, `alias/${name}`);
    return this.kernel.execute<AliasAggregate, AliasCommand, AliasEvent, AliasContext, AliasState>(call, {
      decider: aliasDecider,
      category: 'alias',
      stream: aliasStream(account, region, name),
      account,
      commandId: this.ids.commandId(call, `alias/${name}`),
      command: change.command,
      wanted: { action: change.action, resource: arn, account },
      context: async (state) => {
        // The decider of a stream without events does not know what it is called.
        if (state === null && change.command.type !== 'CreateAlias') {
          throw new KmsError('NotFound', `Alias ${arn} is not found.`, { resource: arn });
        }
        return {
          now: this.clock.now(),
          target: target === undefined ? undefined : asTarget(target),
          current: await this.currentTarget(account, region, state?.keyId ?? null),
          aliasesOfTarget:
            target === undefined
              ? 0
              : this.keyState.listAliases(account, region, target.attributes.keyId, '', MOST_ALIASES_PER_KEY + 1).items
                  .length,
        };
      },
      result: (state) => {
        if (state === null) throw new KmsError('Internal', 'An alias that was changed has no events.');
        return state;
      },
      revokes: change.revokes,
    });
  }

  private async currentTarget(account: string, region: string, keyId: string | null): Promise<AliasTarget | undefined> {
    if (keyId === null) return undefined;
    const entry = await this.keyState.key(account, region, keyId);
    return entry === undefined ? undefined : asTarget(entry);
  }
}

function asTarget({ attributes }: KeyEntry): AliasTarget {
  return {
    keyId: attributes.keyId,
    arn: attributes.arn,
    usage: attributes.usage,
    spec: attributes.spec,
    pendingDeletion: attributes.pendingDeletion !== null,
    deleted: attributes.deletedAt !== null,
  };
}
