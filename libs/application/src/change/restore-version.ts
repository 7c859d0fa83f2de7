import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface RestoreVersionInput {
  readonly key: KeyReference;
  readonly version: number;
}

/** Brings a retired version back; always refused until approvals exist. */
export class RestoreVersionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: RestoreVersionInput,
  ) {
    super();
  }
}

@CommandHandler(RestoreVersionCommand)
export class RestoreVersionHandler implements ICommandHandler<RestoreVersionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: RestoreVersionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'RestoreVersion', version: input.version },
      action: 'claviger:RestoreVersion',
      revokes: false,
    });
  }
}
