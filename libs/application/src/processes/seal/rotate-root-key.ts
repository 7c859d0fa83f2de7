import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import type { RootRotationView } from './root-rotations.js';
import { SealDesk } from './seal-desk.js';

/** Begins to exchange the root key, or goes on with an exchange that is under way. */
export class RotateRootCommand extends Command<RootRotationView> {
  constructor(
    readonly call: CallContext,
    /** References that an operator has given up. */
    readonly acceptUnreadable: readonly string[],
  ) {
    super();
  }
}

@CommandHandler(RotateRootCommand)
export class RotateRootHandler implements ICommandHandler<RotateRootCommand> {
  constructor(private readonly desk: SealDesk) {}

  /** @throws KmsError InvalidKeyState where the seal's root key cannot be exchanged, Unavailable when its file cannot be written */
  async execute({ call, acceptUnreadable }: RotateRootCommand): Promise<RootRotationView> {
    authorise(call, { action: 'claviger:RotateRoot', resource: '*', account: call.caller.account }, undefined);
    call.facts.extra = { acceptUnreadable: acceptUnreadable.join(' ') };
    const begun = await this.desk.rotateRoot(acceptUnreadable);
    call.facts.extra = { ...call.facts.extra, from: begun.from, to: begun.to };
    return begun;
  }
}
