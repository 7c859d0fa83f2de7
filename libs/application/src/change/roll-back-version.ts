import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface RollBackVersionInput {
  readonly key: KeyReference;
}

/** The previous version becomes ACTIVE again, inside the rollback window. */
export class RollBackVersionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: RollBackVersionInput,
  ) {
    super();
  }
}

@CommandHandler(RollBackVersionCommand)
export class RollBackVersionHandler implements ICommandHandler<RollBackVersionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: RollBackVersionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'RollBackVersion' },
      action: 'claviger:RollBackVersion',
      revokes: true,
    });
  }
}
