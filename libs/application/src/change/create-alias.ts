import type { AliasState } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { KeyResolver } from '../key-resolver.js';
import { AliasChanges } from './alias-changes.js';

export interface CreateAliasInput {
  /** Without the prefix `alias/`. */
  readonly name: string;
  readonly key: KeyReference;
}

/** `name` without the prefix `alias/`. */
export class CreateAliasCommand extends Command<AliasState> {
  constructor(
    readonly call: CallContext,
    readonly input: CreateAliasInput,
  ) {
    super();
  }
}

@CommandHandler(CreateAliasCommand)
export class CreateAliasHandler implements ICommandHandler<CreateAliasCommand> {
  constructor(
    private readonly aliases: AliasChanges,
    private readonly resolver: KeyResolver,
  ) {}

  async execute({ call, input }: CreateAliasCommand): Promise<AliasState> {
    const target = await this.resolver.resolve(call, input.key);
    return this.aliases.execute(call, {
      name: input.name,
      command: {
        type: 'CreateAlias',
        account: call.caller.account,
        region: call.region,
        name: input.name,
        keyId: target.attributes.keyId,
      },
      action: 'kms:CreateAlias',
      target,
      revokes: false,
    });
  }
}
