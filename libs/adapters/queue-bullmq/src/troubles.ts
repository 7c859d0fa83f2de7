import type { Logger } from '@claviger/platform';

/** What BullMQ's connections complain about: one line when it begins, one when it is over, however often they say it between. */
export class Troubles {
  private current: string | undefined;

  constructor(private readonly logger: Logger) {}

  /** Only the message: the driver's errors carry the command that failed, AUTH and its password among them. */
  begin(error: unknown): void {
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'unknown';
    if (this.current === reason) return;
    this.current = reason;
    this.logger.warn('the job queue has trouble with Redis; what is due waits, or is done by the scheduler itself', {
      reason,
    });
  }

  end(): void {
    if (this.current === undefined) return;
    this.current = undefined;
    this.logger.info('the job queue works again');
  }
}
