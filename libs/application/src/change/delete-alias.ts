import type { AliasState } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import { AliasChanges } from './alias-changes.js';

export interface DeleteAliasInput {
  /** Without the prefix `alias/`. */
  readonly name: string;
}

/** The name can be taken again afterwards. */
export class DeleteAliasCommand extends Command<AliasState> {
  constructor(
    readonly call: CallContext,
    readonly input: DeleteAliasInput,
  ) {
    super();
  }
}

@CommandHandler(DeleteAliasCommand)
export class DeleteAliasHandler implements ICommandHandler<DeleteAliasCommand> {
  constructor(private readonly aliases: AliasChanges) {}

  async execute({ call, input }: DeleteAliasCommand): Promise<AliasState> {
    return this.aliases.execute(call, {
      name: input.name,
      command: { type: 'DeleteAlias' },
      action: 'kms:DeleteAlias',
      target: undefined,
      revokes: true,
    });
  }
}
