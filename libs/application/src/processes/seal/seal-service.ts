import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import { SealDesk } from './seal-desk.js';

/** Forgets the root key: this process answers what runs, and ends. */
export class SealServiceCommand extends Command<void> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@CommandHandler(SealServiceCommand)
export class SealServiceHandler implements ICommandHandler<SealServiceCommand> {
  constructor(private readonly desk: SealDesk) {}

  async execute({ call }: SealServiceCommand): Promise<void> {
    authorise(call, { action: 'claviger:SealService', resource: '*', account: call.caller.account }, undefined);
    this.desk.sealNow();
  }
}
