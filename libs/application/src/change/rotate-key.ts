import type { KeySpec, RotationTrigger } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import type { KeyReference } from '../key-reference.js';
import { type ChangedKey, KeyChanges } from './key-changes.js';

export interface RotateKeyInput {
  readonly key: KeyReference;
  readonly trigger: RotationTrigger;
  readonly spec: KeySpec | null;
  /** For protocols that limit rotations on demand per key; decided with the rotation, so that a repetition is still recognised. */
  readonly mostOnDemand?: number;
}

/** New material becomes ACTIVE, what was ACTIVE keeps decrypting. `spec` null: as before. */
export class RotateKeyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: RotateKeyInput,
  ) {
    super();
  }
}

@CommandHandler(RotateKeyCommand)
export class RotateKeyHandler implements ICommandHandler<RotateKeyCommand> {
  constructor(private readonly changes: KeyChanges) {}

  async execute({ call, input: { key, ...wanted } }: RotateKeyCommand): Promise<ChangedKey> {
    return this.changes.execute(call, {
      key,
      command: { type: 'RotateKey', period: null, ...wanted },
      action: 'kms:RotateKeyOnDemand',
      revokes: true,
    });
  }
}
