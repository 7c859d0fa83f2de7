import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import { SealDesk } from './seal-desk.js';

/** Another passphrase for the same root key. Who knows the present one may. */
export class ChangePassphraseCommand extends Command<void> {
  constructor(
    readonly call: CallContext,
    readonly present: string,
    readonly next: string,
  ) {
    super();
  }
}

@CommandHandler(ChangePassphraseCommand)
export class ChangePassphraseHandler implements ICommandHandler<ChangePassphraseCommand> {
  constructor(private readonly desk: SealDesk) {}

  /** @throws KmsError Validation when the present one is wrong or the next too short, InvalidKeyState for another kind of seal */
  async execute({ call, present, next }: ChangePassphraseCommand): Promise<void> {
    authorise(call, { action: 'claviger:RekeySeal', resource: '*', account: call.caller.account }, undefined);
    await this.desk.changePassphrase(present, next);
  }
}
