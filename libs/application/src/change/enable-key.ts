import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface EnableKeyInput {
  readonly key: KeyReference;
  readonly version: number | null;
}

/** Ends a disablement. `version` null: the whole key. */
export class EnableKeyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: EnableKeyInput,
  ) {
    super();
  }
}

@CommandHandler(EnableKeyCommand)
export class EnableKeyHandler implements ICommandHandler<EnableKeyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: EnableKeyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'EnableKey', version: input.version },
      action: 'kms:EnableKey',
      revokes: false,
    });
  }
}
