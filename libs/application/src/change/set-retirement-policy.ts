import type { RetirementPolicy } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface SetRetirementPolicyInput {
  readonly key: KeyReference;
  readonly retirement: RetirementPolicy;
}

/** Opts a key in to retirement of its old versions, or out. */
export class SetRetirementPolicyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: SetRetirementPolicyInput,
  ) {
    super();
  }
}

@CommandHandler(SetRetirementPolicyCommand)
export class SetRetirementPolicyHandler implements ICommandHandler<SetRetirementPolicyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: SetRetirementPolicyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'SetRetirementPolicy', retirement: input.retirement },
      action: 'claviger:SetRetirementPolicy',
      revokes: false,
    });
  }
}
