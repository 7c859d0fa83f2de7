import { Clock, Logger } from '@claviger/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { ApplicationParts } from './application.module.js';
import { Holds } from './processes/holds.js';
import { BeginRebuildHandler } from './processes/begin-rebuild.js';
import { Doctor } from './processes/doctor.js';
import { Rebuilds, type RebuildWork, type RebuiltView } from './processes/rebuilds.js';
import { AuditSearch } from './queries/audit-search.js';
import { ExamineServiceHandler } from './queries/examine-service.js';
import { OperatorReportHandler } from './queries/operator-report.js';
import { RebuildStatusHandler } from './queries/rebuild-status.js';
import { SearchAuditHandler } from './queries/search-audit.js';
import { ServiceFacts } from './queries/service-facts.js';
import { ServiceStatusHandler } from './queries/service-status.js';

/** What nodes with the admin API have beside the application: the audit view, and what the process knows of itself. */
export interface OperationsParts {
  readonly audit: AuditSearch;
  readonly facts: ServiceFacts;
  readonly rebuild: Readonly<Record<RebuiltView, RebuildWork>>;
}

/** Operating the service: status, audit search, rebuilds, examination. Only where there is an admin API. */
@Module({})
export class OperationsModule {
  static over(application: ApplicationParts, { audit, facts, rebuild }: OperationsParts): DynamicModule {
    return {
      module: OperationsModule,
      providers: [
        { provide: AuditSearch, useValue: audit },
        { provide: ServiceFacts, useValue: facts },
        {
          provide: Rebuilds,
          useFactory: (clock: Clock, logger: Logger) => new Rebuilds(rebuild, clock, logger),
          inject: [Clock, Logger],
        },
        {
          provide: Doctor,
          useFactory: (holds: Holds) => new Doctor({ ...application, holds, facts }),
          inject: [Holds],
        },
        BeginRebuildHandler,
        ExamineServiceHandler,
        OperatorReportHandler,
        RebuildStatusHandler,
        SearchAuditHandler,
        ServiceStatusHandler,
      ],
    };
  }
}
