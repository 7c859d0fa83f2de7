import type { Tag } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface TagKeyInput {
  readonly key: KeyReference;
  readonly tags: readonly Tag[];
}

/** Adds tags or changes their values; reserved ones can only be repeated. */
export class TagKeyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: TagKeyInput,
  ) {
    super();
  }
}

@CommandHandler(TagKeyCommand)
export class TagKeyHandler implements ICommandHandler<TagKeyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: TagKeyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'TagKey', tags: input.tags },
      action: 'kms:TagResource',
      revokes: false,
    });
  }
}
