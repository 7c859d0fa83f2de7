import type { AliasState } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';
import { AliasChanges } from './alias-changes.js';

export interface UpdateAliasInput {
  /** Without the prefix `alias/`. */
  readonly name: string;
  readonly key: KeyReference;
}

/** Points an alias to another key of the same usage and kind. */
export class UpdateAliasCommand extends Command<AliasState> {
  constructor(
    readonly call: CallContext,
    readonly input: UpdateAliasInput,
  ) {
    super();
  }
}

@CommandHandler(UpdateAliasCommand)
export class UpdateAliasHandler implements ICommandHandler<UpdateAliasCommand> {
  constructor(
    private readonly aliases: AliasChanges,
    private readonly resolver: KeyResolver,
  ) {}

  async execute({ call, input }: UpdateAliasCommand): Promise<AliasState> {
    const target = await this.resolver.resolve(call, input.key);
    return this.aliases.execute(call, {
      name: input.name,
      command: { type: 'UpdateAlias', keyId: target.attributes.keyId },
      action: 'kms:UpdateAlias',
      target,
      revokes: true,
    });
  }
}
