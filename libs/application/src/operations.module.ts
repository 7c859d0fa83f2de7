import { Clock, Logger } from '@claviger/platform';
import { type DynamicModule, Module } from '@nestjs/common';
import type { ApplicationParts } from './application.module.js';
import { HsmDevices } from './hsm-devices.js';
import { Holds } from './processes/holds.js';
import { type BackupParts, Backups } from './processes/backup/backups.js';
import { BeginBackupHandler } from './processes/backup/begin-backup.js';
import { BeginRebuildHandler } from './processes/begin-rebuild.js';
import { Doctor } from './processes/doctor.js';
import { RetryJobHandler } from './processes/jobs/retry-job.js';
import { ChangePassphraseHandler } from './processes/seal/change-passphrase.js';
import { GetRootRotationHandler } from './processes/seal/get-root-rotation.js';
import { GetSealHandler } from './processes/seal/get-seal.js';
import { RekeySharesHandler } from './processes/seal/rekey-shares.js';
import { RotateRootHandler } from './processes/seal/rotate-root-key.js';
import { SealDesk, type SealDeskParts } from './processes/seal/seal-desk.js';
import { SealServiceHandler } from './processes/seal/seal-service.js';
import { UnsealAgainHandler } from './processes/seal/unseal-again.js';
import { Rebuilds, type RebuildWork, type RebuiltView } from './processes/rebuilds.js';
import { AuditSearch } from './queries/audit-search.js';
import { ExamineServiceHandler } from './queries/examine-service.js';
import { ListJobsHandler } from './queries/list-jobs.js';
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
  readonly seal: SealDeskParts;
  readonly backup: BackupParts;
}

/** Operating the service: status, audit search, rebuilds, examination. Only where there is an admin API. */
@Module({})
export class OperationsModule {
  static over(application: ApplicationParts, { audit, facts, rebuild, seal, backup }: OperationsParts): DynamicModule {
    return {
      module: OperationsModule,
      providers: [
        { provide: AuditSearch, useValue: audit },
        { provide: ServiceFacts, useValue: facts },
        { provide: Backups, useValue: new Backups({ ...application, backup, facts }) },
        { provide: SealDesk, useValue: new SealDesk(seal) },
        {
          provide: Rebuilds,
          useFactory: (clock: Clock, logger: Logger) => new Rebuilds(rebuild, clock, logger),
          inject: [Clock, Logger],
        },
        {
          provide: Doctor,
          useFactory: (holds: Holds, devices: HsmDevices) => new Doctor({ ...application, devices, holds, facts }),
          inject: [Holds, HsmDevices],
        },
        BeginBackupHandler,
        BeginRebuildHandler,
        ChangePassphraseHandler,
        ExamineServiceHandler,
        GetRootRotationHandler,
        GetSealHandler,
        ListJobsHandler,
        OperatorReportHandler,
        RebuildStatusHandler,
        RekeySharesHandler,
        RetryJobHandler,
        RotateRootHandler,
        SealServiceHandler,
        SearchAuditHandler,
        ServiceStatusHandler,
        UnsealAgainHandler,
      ],
    };
  }
}
