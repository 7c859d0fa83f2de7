import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface ChangeOwnerInput {
  readonly key: KeyReference;
  readonly owner: string | null;
}

export class ChangeOwnerCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: ChangeOwnerInput,
  ) {
    super();
  }
}

@CommandHandler(ChangeOwnerCommand)
export class ChangeOwnerHandler implements ICommandHandler<ChangeOwnerCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: ChangeOwnerCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'ChangeOwner', owner: input.owner },
      action: 'claviger:ChangeOwner',
      revokes: false,
    });
  }
}
