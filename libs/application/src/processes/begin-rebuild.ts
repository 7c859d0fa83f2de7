import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';
import { Rebuilds, type RebuildStatus, type RebuiltView } from './rebuilds.js';

/** Builds a read model anew. Changes nothing that counts: views are derived. */
export class BeginRebuildCommand extends Command<RebuildStatus> {
  constructor(
    readonly call: CallContext,
    readonly view: RebuiltView,
  ) {
    super();
  }
}

@CommandHandler(BeginRebuildCommand)
export class BeginRebuildHandler implements ICommandHandler<BeginRebuildCommand> {
  constructor(private readonly rebuilds: Rebuilds) {}

  async execute({ call, view }: BeginRebuildCommand): Promise<RebuildStatus> {
    authorise(call, { action: 'claviger:RebuildView', resource: '*', account: call.caller.account }, undefined);
    call.facts.extra = { view };
    return this.rebuilds.begin(view);
  }
}
