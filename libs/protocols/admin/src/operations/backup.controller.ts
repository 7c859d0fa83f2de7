import { BeginBackupCommand, type CallContext } from '@claviger/application';
import { Header, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiProduces } from '@nestjs/swagger';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { Route } from '../route.js';

/** Lines of JSON (docs/guide/backup.md). */
const TYPE = 'application/x-ndjson';

@AdminController('operator')
export class BackupController {
  constructor(private readonly commands: CommandBus) {}

  /** Its record is durable before the first byte leaves; an answer that breaks off is no backup, since it lacks its last line. */
  @Post('backup')
  @Header('content-type', TYPE)
  @ApiProduces(TYPE)
  @Route({
    operation: 'Backup',
    summary:
      'Everything but the root key, as a stream: journal, events, sealed material, destruction register. One at a time, 409 while another is made',
  })
  async handle(@Call() call: CallContext): Promise<ReadableStream<Uint8Array>> {
    return (await this.commands.execute(new BeginBackupCommand(call))).bytes;
  }
}
