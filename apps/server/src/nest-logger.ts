import type { Logger } from '@claviger/platform';
import type { LoggerService } from '@nestjs/common';

/** Nest's own messages as lines of the service's log. What Nest calls `log` is detail here. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...context: unknown[]): void {
    this.logger.debug(String(message), { context: context.at(-1) });
  }
  warn(message: unknown, ...context: unknown[]): void {
    this.logger.warn(String(message), { context: context.at(-1) });
  }
  error(message: unknown, ...context: unknown[]): void {
    this.logger.error(message instanceof Error ? message.message : String(message), { context });
  }
}
