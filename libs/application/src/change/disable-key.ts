import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface DisableKeyInput {
  readonly key: KeyReference;
  readonly version: number | null;
}

/** Stops all use, reversibly. `version` null: the whole key. */
export class DisableKeyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: DisableKeyInput,
  ) {
    super();
  }
}

@CommandHandler(DisableKeyCommand)
export class DisableKeyHandler implements ICommandHandler<DisableKeyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: DisableKeyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'DisableKey', version: input.version },
      action: 'kms:DisableKey',
      revokes: true,
    });
  }
}
