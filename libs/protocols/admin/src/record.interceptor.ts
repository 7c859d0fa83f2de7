import { AuditTrail } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { AdminOptions } from './admin-options.js';
import { UnreadableBody } from './body.js';
import { callOf, type CallRequest } from './call.js';
import { assertRegion } from './query.js';
import { assertNothingExtra } from './validation/nothing-extra.js';

/** Wraps everything behind the guard, validation included, so that no answer leaves before its record is durable. */
@Injectable()
export class RecordInterceptor implements NestInterceptor {
  constructor(
    private readonly trail: AuditTrail,
    private readonly options: AdminOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<CallRequest>();
    return from(
      this.trail.run(callOf(request), async (): Promise<unknown> => {
        if (request.refusal !== undefined) throw request.refusal;
        if (request.body instanceof UnreadableBody) {
          throw new KmsError('Validation', request.body.problem, { argument: 'body' });
        }
        assertRegion(request, this.options.regions);
        assertNothingExtra(request, context);
        return lastValueFrom(next.handle(), { defaultValue: undefined });
      }),
    );
  }
}
