import type { RotationPolicy } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface SetRotationPolicyInput {
  readonly key: KeyReference;
  readonly rotationPolicy: RotationPolicy;
}

export class SetRotationPolicyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: SetRotationPolicyInput,
  ) {
    super();
  }
}

@CommandHandler(SetRotationPolicyCommand)
export class SetRotationPolicyHandler implements ICommandHandler<SetRotationPolicyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input }: SetRotationPolicyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key: input.key,
      command: { type: 'SetRotationPolicy', rotationPolicy: input.rotationPolicy },
      action: input.rotationPolicy.enabled ? 'kms:EnableKeyRotation' : 'kms:DisableKeyRotation',
      revokes: false,
    });
  }
}
