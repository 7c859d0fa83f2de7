import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface ScheduleDeletionInput {
  readonly key: KeyReference;
  readonly version: number | null;
  readonly windowDays: number;
}

/** Starts the waiting period (7 to 90 days). `version` null: the whole key. */
export class ScheduleDeletionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: ScheduleDeletionInput,
  ) {
    super();
  }
}

@CommandHandler(ScheduleDeletionCommand)
export class ScheduleDeletionHandler implements ICommandHandler<ScheduleDeletionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: ScheduleDeletionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'ScheduleDeletion', version: input.version, windowDays: input.windowDays },
      action: 'kms:ScheduleKeyDeletion',
      revokes: true,
    });
  }
}
