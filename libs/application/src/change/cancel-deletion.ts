import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface CancelDeletionInput {
  readonly key: KeyReference;
  readonly version: number | null;
}

/** Ends the waiting period; the key stays disabled. */
export class CancelDeletionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: CancelDeletionInput,
  ) {
    super();
  }
}

@CommandHandler(CancelDeletionCommand)
export class CancelDeletionHandler implements ICommandHandler<CancelDeletionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: CancelDeletionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'CancelDeletion', version: input.version },
      action: 'kms:CancelKeyDeletion',
      revokes: false,
    });
  }
}
