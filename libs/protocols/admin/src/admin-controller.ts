import { applyDecorators, Controller, UseFilters, UseGuards, UseInterceptors, UsePipes } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { BearerGuard } from './bearer.guard.js';
import { ADMIN_PREFIX } from './prefix.js';
import { ProblemFilter } from './problem.filter.js';
import { RecordInterceptor } from './record.interceptor.js';
import { ValidationPipe } from './validation/validation.pipe.js';

/**
 * A controller of the admin API under `/api/v1/<group>`. What every call goes through is bound here, to these controllers alone: a global
 * guard or pipe would touch the routes of other protocols.
 */
export const AdminController = (group: string): ClassDecorator =>
  applyDecorators(
    Controller(`${ADMIN_PREFIX}/${group}`),
    ApiTags(group),
    ApiBearerAuth(),
    UseGuards(BearerGuard),
    UseInterceptors(RecordInterceptor),
    UsePipes(ValidationPipe),
    UseFilters(ProblemFilter),
  );
