import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface EnablePurgeProtectionInput {
  readonly key: KeyReference;
}

/** From here on nobody can shorten the waiting period. One way. */
export class EnablePurgeProtectionCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: EnablePurgeProtectionInput,
  ) {
    super();
  }
}

@CommandHandler(EnablePurgeProtectionCommand)
export class EnablePurgeProtectionHandler implements ICommandHandler<EnablePurgeProtectionCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: EnablePurgeProtectionCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'EnablePurgeProtection' },
      action: 'claviger:EnablePurgeProtection',
      revokes: false,
    });
  }
}
