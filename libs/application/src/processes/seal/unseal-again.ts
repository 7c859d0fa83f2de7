import { KmsError } from '@claviger/domain';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import { SealDesk, type SealView } from './seal-desk.js';

/** What belongs to a sealed service, asked of one that is open: whoever comes late is told how it stands. */
export class UnsealAgainCommand extends Command<SealView> {
  constructor(
    readonly call: CallContext,
    readonly operation: 'InitSeal' | 'Unseal' | 'ForgetShares',
  ) {
    super();
  }
}

@CommandHandler(UnsealAgainCommand)
export class UnsealAgainHandler implements ICommandHandler<UnsealAgainCommand> {
  constructor(private readonly desk: SealDesk) {}

  /** @throws KmsError AlreadyExists: it is initialised */
  async execute({ call, operation }: UnsealAgainCommand): Promise<SealView> {
    authorise(call, { action: `claviger:${operation}`, resource: '*', account: call.caller.account }, undefined);
    if (operation === 'InitSeal') {
      throw new KmsError('AlreadyExists', 'The service has its root key already. It is made once, and never anew.');
    }
    return this.desk.view();
  }
}
