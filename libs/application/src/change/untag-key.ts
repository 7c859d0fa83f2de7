import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface UntagKeyInput {
  readonly key: KeyReference;
  readonly keys: readonly string[];
}

export class UntagKeyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: UntagKeyInput,
  ) {
    super();
  }
}

@CommandHandler(UntagKeyCommand)
export class UntagKeyHandler implements ICommandHandler<UntagKeyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: UntagKeyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'UntagKey', keys: input.keys },
      action: 'kms:UntagResource',
      revokes: false,
    });
  }
}
