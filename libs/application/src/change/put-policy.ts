import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface PutPolicyInput {
  readonly key: KeyReference;
  readonly policy: string;
}

/** `policy` is JSON text, checked for form by the protocol. */
export class PutPolicyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: PutPolicyInput,
  ) {
    super();
  }
}

@CommandHandler(PutPolicyCommand)
export class PutPolicyHandler implements ICommandHandler<PutPolicyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: PutPolicyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'PutPolicy', policy: input.policy },
      action: 'kms:PutKeyPolicy',
      revokes: true,
    });
  }
}
