import { type DynamicModule, Module } from '@nestjs/common';
import { AdminOptions } from './admin-options.js';
import { AdminRoutes } from './admin-routes.js';
import { BearerGuard } from './bearer.guard.js';
import { adminControllers } from './controllers.js';
import { ProblemFilter } from './problem.filter.js';
import { RecordInterceptor } from './record.interceptor.js';
import { ValidationPipe } from './validation/validation.pipe.js';

/**
 * The admin API over the application, whose module is global. Its application must be made with `bodyParser: false` and
 * `registerAdminBodies`; `ProblemFilter` as a global filter answers what no controller does.
 */
@Module({})
export class AdminModule {
  static over(options: AdminOptions): DynamicModule {
    return {
      module: AdminModule,
      controllers: [...adminControllers],
      providers: [
        { provide: AdminOptions, useValue: options },
        { provide: AdminRoutes, useValue: new AdminRoutes(adminControllers) },
        BearerGuard,
        RecordInterceptor,
        ValidationPipe,
        ProblemFilter,
      ],
      exports: [ProblemFilter],
    };
  }
}
