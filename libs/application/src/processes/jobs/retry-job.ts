import { KmsError } from '@claviger/domain';
import { JobQueue } from '@claviger/ports';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { authorise } from '../../access/authorise.js';
import type { CallContext } from '../../call-context.js';

/** Runs a dead job anew. What it then does is decided by the state, as ever. */
export class RetryJobCommand extends Command<void> {
  constructor(
    readonly call: CallContext,
    readonly job: string,
  ) {
    super();
  }
}

@CommandHandler(RetryJobCommand)
export class RetryJobHandler implements ICommandHandler<RetryJobCommand> {
  constructor(private readonly jobs: JobQueue) {}

  /** @throws KmsError NotFound when there is no dead job of this id, Unavailable */
  async execute({ call, job }: RetryJobCommand): Promise<void> {
    authorise(call, { action: 'claviger:RetryJob', resource: '*', account: call.caller.account }, undefined);
    call.facts.extra = { job };
    if (await this.jobs.retry(job)) return;
    throw new KmsError('NotFound', 'No dead job is called so. `claviger jobs list` shows those that are.', {
      argument: 'id',
    });
  }
}
