import { AuditTrail } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AdminOptions } from './admin-options.js';
import { queryOf } from './bearer.guard.js';
import type { CallRequest } from './call.js';

/** Wraps everything behind the guard, validation included, so that no answer leaves before its record is durable. */
@Injectable()
export class RecordInterceptor implements NestInterceptor {
  constructor(
    private readonly trail: AuditTrail,
    private readonly options: AdminOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<CallRequest>();
    const { call } = request;
    if (call === undefined) throw new Error('a route without the guard has no call');
    return from(
      this.trail.run(call, async () => {
        const { region } = queryOf(request);
        if (region !== undefined && region !== call.region) {
          throw new KmsError('Validation', `region must be one of ${this.options.regions.join(', ')}.`, { argument: 'region', found: String(region).slice(0, 64) });
        }
        return lastValueFrom(next.handle(), { defaultValue: undefined });
      }),
    );
  }
}
