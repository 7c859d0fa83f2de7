import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface ChangeUsesInput {
  readonly key: KeyReference;
  readonly uses: readonly string[];
}

/** What the key is for, as shown in the inventory. */
export class ChangeUsesCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: ChangeUsesInput,
  ) {
    super();
  }
}

@CommandHandler(ChangeUsesCommand)
export class ChangeUsesHandler implements ICommandHandler<ChangeUsesCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: ChangeUsesCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'ChangeUses', uses: input.uses },
      action: 'claviger:ChangeUses',
      revokes: false,
    });
  }
}
