import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface RetireVersionInput {
  readonly key: KeyReference;
  readonly version: number;
}

/** Archives a version that nothing uses any more. */
export class RetireVersionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: RetireVersionInput,
  ) {
    super();
  }
}

@CommandHandler(RetireVersionCommand)
export class RetireVersionHandler implements ICommandHandler<RetireVersionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: RetireVersionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'RetireVersion', version: input.version },
      action: 'claviger:RetireVersion',
      revokes: true,
    });
  }
}
