import { type CallContext, ChangePassphraseCommand } from '@claviger/application';
import { Body, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { SecretText } from '../fields/fields.js';
import { Route } from '../route.js';

class ChangePassphraseBody {
  @SecretText({ max: 1024, description: 'The passphrase that opens the seal now.' })
  present!: string;

  @SecretText({ max: 1024, description: 'The one that is to open it. 12 bytes or more.' })
  next!: string;
}

@AdminController('operator')
export class ChangePassphraseController {
  constructor(private readonly commands: CommandBus) {}

  @Post('rekey/passphrase')
  @Route({
    operation: 'ChangePassphrase',
    summary: 'Another passphrase for the same root key; counts at once',
    status: 204,
  })
  async handle(@Call() call: CallContext, @Body() { present, next }: ChangePassphraseBody): Promise<void> {
    await this.commands.execute(new ChangePassphraseCommand(call, present, next));
  }
}
