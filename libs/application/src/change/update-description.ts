import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface UpdateDescriptionInput {
  readonly key: KeyReference;
  readonly description: string;
}

export class UpdateDescriptionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: UpdateDescriptionInput,
  ) {
    super();
  }
}

@CommandHandler(UpdateDescriptionCommand)
export class UpdateDescriptionHandler implements ICommandHandler<UpdateDescriptionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: UpdateDescriptionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'UpdateDescription', description: input.description },
      action: 'kms:UpdateKeyDescription',
      revokes: false,
    });
  }
}
