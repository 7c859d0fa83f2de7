import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface CompromiseVersionInput {
  readonly key: KeyReference;
  readonly version: number | null;
  readonly occurredAt: string | null;
}

/** Marks material as compromised, for ever. `version` null: all versions; `occurredAt` null: since they were made. */
export class CompromiseVersionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: CompromiseVersionInput,
  ) {
    super();
  }
}

@CommandHandler(CompromiseVersionCommand)
export class CompromiseVersionHandler implements ICommandHandler<CompromiseVersionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: CompromiseVersionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'CompromiseVersion', version: input.version, occurredAt: input.occurredAt },
      action: 'claviger:Compromise',
      revokes: true,
    });
  }
}
