import type { Type } from '@nestjs/common';
import { ChangeAccountDefaultsController } from './account/change-account-defaults.controller.js';
import { DescribeAccountController } from './account/describe-account.controller.js';
import { CreateAliasController } from './aliases/create-alias.controller.js';
import { DeleteAliasController } from './aliases/delete-alias.controller.js';
import { ListAliasesController } from './aliases/list-aliases.controller.js';
import { UpdateAliasController } from './aliases/update-alias.controller.js';
import { SearchAuditController } from './audit/search-audit.controller.js';
import { ActivateVersionController } from './keys/activate-version.controller.js';
import { CancelDeletionController } from './keys/cancel-deletion.controller.js';
import { ChangeOwnerController } from './keys/change-owner.controller.js';
import { ChangeUsesController } from './keys/change-uses.controller.js';
import { CompromiseVersionController } from './keys/compromise-version.controller.js';
import { CreateKeyController } from './keys/create-key.controller.js';
import { DescribeKeyController } from './keys/describe-key.controller.js';
import { DisableKeyController } from './keys/disable-key.controller.js';
import { EnableKeyController } from './keys/enable-key.controller.js';
import { EnablePurgeProtectionController } from './keys/enable-purge-protection.controller.js';
import { FindKeyController } from './keys/find-key.controller.js';
import { KeyHistoryController } from './keys/key-history.controller.js';
import { ListKeysController } from './keys/list-keys.controller.js';
import { ListVersionsController } from './keys/list-versions.controller.js';
import { RestoreVersionController } from './keys/restore-version.controller.js';
import { RetireVersionController } from './keys/retire-version.controller.js';
import { RollBackVersionController } from './keys/roll-back-version.controller.js';
import { RotateKeyController } from './keys/rotate-key.controller.js';
import { ScheduleDeletionController } from './keys/schedule-deletion.controller.js';
import { SetRetirementPolicyController } from './keys/set-retirement-policy.controller.js';
import { SetRotationPolicyController } from './keys/set-rotation-policy.controller.js';
import { StageVersionController } from './keys/stage-version.controller.js';
import { TagKeyController } from './keys/tag-key.controller.js';
import { UntagKeyController } from './keys/untag-key.controller.js';
import { UnwrapDataKeyController } from './keys/unwrap-data-key.controller.js';
import { UpdateDescriptionController } from './keys/update-description.controller.js';
import { WrapDataKeyController } from './keys/wrap-data-key.controller.js';
import { AcceptReportController } from './operations/accept-report.controller.js';
import { BackupController } from './operations/backup.controller.js';
import { BeginRebuildController } from './operations/begin-rebuild.controller.js';
import { DoctorController } from './operations/doctor.controller.js';
import { ListJobsController } from './operations/list-jobs.controller.js';
import { OperatorReportController } from './operations/operator-report.controller.js';
import { RebuildStatusController } from './operations/rebuild-status.controller.js';
import { RetryJobController } from './operations/retry-job.controller.js';
import { StatusController } from './operations/status.controller.js';
import { BeginRekeyController } from './seal/begin-rekey.controller.js';
import { CancelRekeyController } from './seal/cancel-rekey.controller.js';
import { ChangePassphraseController } from './seal/change-passphrase.controller.js';
import { ForgetSharesController } from './seal/forget-shares.controller.js';
import { GetRootRotationController } from './seal/get-root-rotation.controller.js';
import { GetSealController } from './seal/get-seal.controller.js';
import { GiveRekeyShareController } from './seal/give-rekey-share.controller.js';
import { InitSealController } from './seal/init-seal.controller.js';
import { RotateRootController } from './seal/rotate-root.controller.js';
import { SealServiceController } from './seal/seal-service.controller.js';
import { UnsealController } from './seal/unseal.controller.js';

/** One line per operation. `find` stands before `:id`, which would match it too. */
export const adminControllers: readonly Type[] = [
  FindKeyController,
  ChangeAccountDefaultsController,
  DescribeAccountController,
  CreateAliasController,
  DeleteAliasController,
  ListAliasesController,
  UpdateAliasController,
  SearchAuditController,
  ActivateVersionController,
  CancelDeletionController,
  ChangeOwnerController,
  ChangeUsesController,
  CompromiseVersionController,
  CreateKeyController,
  DescribeKeyController,
  DisableKeyController,
  EnableKeyController,
  EnablePurgeProtectionController,
  KeyHistoryController,
  ListKeysController,
  ListVersionsController,
  RestoreVersionController,
  RetireVersionController,
  RollBackVersionController,
  RotateKeyController,
  ScheduleDeletionController,
  SetRetirementPolicyController,
  SetRotationPolicyController,
  StageVersionController,
  TagKeyController,
  UntagKeyController,
  UpdateDescriptionController,
  UnwrapDataKeyController,
  WrapDataKeyController,
  AcceptReportController,
  BackupController,
  BeginRebuildController,
  DoctorController,
  ListJobsController,
  OperatorReportController,
  RebuildStatusController,
  RetryJobController,
  StatusController,
  BeginRekeyController,
  CancelRekeyController,
  ChangePassphraseController,
  ForgetSharesController,
  GetRootRotationController,
  GetSealController,
  GiveRekeyShareController,
  InitSealController,
  RotateRootController,
  SealServiceController,
  UnsealController,
];
