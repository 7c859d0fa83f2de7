import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface ActivateVersionInput {
  readonly key: KeyReference;
  readonly version: number;
}

/** Second phase of a two-phase rotation. */
export class ActivateVersionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: ActivateVersionInput,
  ) {
    super();
  }
}

@CommandHandler(ActivateVersionCommand)
export class ActivateVersionHandler implements ICommandHandler<ActivateVersionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: ActivateVersionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'ActivateVersion', version: input.version },
      action: 'claviger:ActivateVersion',
      revokes: true,
    });
  }
}
