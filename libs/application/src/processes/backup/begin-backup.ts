import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';
import { Backups, type RunningBackup } from './backups.js';

/** Makes a backup of everything but the root key, as a stream. Changes nothing. */
export class BeginBackupCommand extends Command<RunningBackup> {
  constructor(readonly call: CallContext) {
    super();
  }
}

@CommandHandler(BeginBackupCommand)
export class BeginBackupHandler implements ICommandHandler<BeginBackupCommand> {
  constructor(private readonly backups: Backups) {}

  async execute({ call }: BeginBackupCommand): Promise<RunningBackup> {
    authorise(call, { action: 'claviger:Backup', resource: '*', account: call.caller.account }, undefined);
    const running = await this.backups.begin();
    const { position, journal } = running.header;
    call.facts.extra = { position, entry: journal.sequence };
    return running;
  }
}
