import type { KeySpec } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface StageVersionInput {
  readonly key: KeyReference;
  readonly spec: KeySpec | null;
}

/** Makes a version whose public key can be published before it signs (two-phase rotation). */
export class StageVersionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: StageVersionInput,
  ) {
    super();
  }
}

@CommandHandler(StageVersionCommand)
export class StageVersionHandler implements ICommandHandler<StageVersionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: StageVersionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'StageVersion', spec: input.spec },
      action: 'claviger:StageVersion',
      revokes: false,
    });
  }
}
