export { ApplicationModule, type ApplicationParts } from './application.module.js';
export { OperationsModule, type OperationsParts } from './operations.module.js';
export {
  type CallContext,
  type Caller,
  type CallFacts,
  type CallSource,
  newFacts,
  type UnauthenticatedCall,
} from './call-context.js';
export type { TokenSlot } from './hsm-devices.js';
export { type KeyReference, parseKeyReference } from './key-reference.js';
export { type Hold, Holds } from './processes/holds.js';
export { Operator, type OperatorReport } from './processes/operator.js';
export type { BackupParts } from './processes/backup/backups.js';
export { BeginBackupCommand } from './processes/backup/begin-backup.js';
export type { RestoredFrom } from './processes/restored-from.js';
export { BeginRebuildCommand } from './processes/begin-rebuild.js';
export type { Examination } from './processes/doctor.js';
export type { Finding } from './processes/finding.js';
export {
  type RebuildStatus,
  type RebuildWork,
  REBUILT_VIEWS,
  type RebuiltView,
} from './processes/rebuilds.js';
export type { WrappedElsewhere } from './processes/rotate-root.js';
export { RootRotations, type RootRotationView } from './processes/seal/root-rotations.js';
export { type RekeyView, type SealDeskParts, type SealView } from './processes/seal/seal-desk.js';
export { ChangePassphraseCommand } from './processes/seal/change-passphrase.js';
export { GetRootRotationQuery } from './processes/seal/get-root-rotation.js';
export { GetSealQuery } from './processes/seal/get-seal.js';
export { RekeySharesCommand } from './processes/seal/rekey-shares.js';
export { RotateRootCommand } from './processes/seal/rotate-root-key.js';
export { SealServiceCommand } from './processes/seal/seal-service.js';
export { sealRefusal } from './processes/seal/seal-refusal.js';
export { UnsealAgainCommand } from './processes/seal/unseal-again.js';
export { UnsealRecord, type UnsealTry } from './processes/seal/unseal-record.js';
export { Processes } from './processes/processes.js';
export { Scheduler } from './processes/scheduler.js';
export { DueWork, type JobOutcome } from './processes/jobs/due-work.js';
export { RetryJobCommand } from './processes/jobs/retry-job.js';
export { AuditTrail } from './audit-trail.js';
export { portError } from './port-errors.js';
export { systemCall } from './system-call.js';
export type { Wanted } from './access/authorise.js';
export { type AccessKeyCredential, Credentials } from './access/credentials.js';
export { SealedEventDetails } from './change/sealed-event-details.js';
export { ChangeKernel } from './change/kernel.js';
export { Heartbeats, type HeartbeatParts } from './processes/nodes/heartbeats.js';
export { Bootstrap, type FirstCredentials } from './change/bootstrap.js';
export type { ChangedKey } from './change/key-changes.js';
export { CreateKeyCommand, type CreateKeyInput } from './change/create-key.js';
export { RotateKeyCommand, type RotateKeyInput } from './change/rotate-key.js';
export { StageVersionCommand, type StageVersionInput } from './change/stage-version.js';
export { ActivateVersionCommand, type ActivateVersionInput } from './change/activate-version.js';
export { RollBackVersionCommand, type RollBackVersionInput } from './change/roll-back-version.js';
export { RetireVersionCommand, type RetireVersionInput } from './change/retire-version.js';
export { RestoreVersionCommand, type RestoreVersionInput } from './change/restore-version.js';
export { DisableKeyCommand, type DisableKeyInput } from './change/disable-key.js';
export { EnableKeyCommand, type EnableKeyInput } from './change/enable-key.js';
export { ScheduleDeletionCommand, type ScheduleDeletionInput } from './change/schedule-deletion.js';
export { CancelDeletionCommand, type CancelDeletionInput } from './change/cancel-deletion.js';
export { CompromiseVersionCommand, type CompromiseVersionInput } from './change/compromise-version.js';
export { UpdateDescriptionCommand, type UpdateDescriptionInput } from './change/update-description.js';
export { ChangeOwnerCommand, type ChangeOwnerInput } from './change/change-owner.js';
export { ChangeUsesCommand, type ChangeUsesInput } from './change/change-uses.js';
export { TagKeyCommand, type TagKeyInput } from './change/tag-key.js';
export { UntagKeyCommand, type UntagKeyInput } from './change/untag-key.js';
export { PutPolicyCommand, type PutPolicyInput } from './change/put-policy.js';
export { SetRotationPolicyCommand, type SetRotationPolicyInput } from './change/set-rotation-policy.js';
export { SetRetirementPolicyCommand, type SetRetirementPolicyInput } from './change/set-retirement-policy.js';
export { EnablePurgeProtectionCommand, type EnablePurgeProtectionInput } from './change/enable-purge-protection.js';
export { CreateAliasCommand, type CreateAliasInput } from './change/create-alias.js';
export { UpdateAliasCommand, type UpdateAliasInput } from './change/update-alias.js';
export { DeleteAliasCommand, type DeleteAliasInput } from './change/delete-alias.js';
export { ChangeAccountDefaultsCommand } from './change/change-account-defaults.js';
export { DescribeAccountQuery } from './queries/describe-account.js';
export { DescribeKeyQuery } from './queries/describe-key.js';
export { ListKeysQuery } from './queries/list-keys.js';
export { ListAliasesQuery } from './queries/list-aliases.js';
export { KeyVersionsQuery, type KeyVersions } from './queries/key-versions.js';
export { KeyHistoryQuery, type HistoryItem, type HistoryPage } from './queries/key-history.js';
export { KeyAtQuery, type KeyAt } from './queries/key-at.js';
export { FindKeyQuery } from './queries/find-key.js';
export { type AuditRecord, AuditSearch } from './queries/audit-search.js';
export { type AuditQuestion, SearchAuditQuery } from './queries/search-audit.js';
export { OperatorReportQuery } from './queries/operator-report.js';
export { ServiceFacts } from './queries/service-facts.js';
export { type ServiceStatus, ServiceStatusQuery } from './queries/service-status.js';
export { type JobPage, ListJobsQuery } from './queries/list-jobs.js';
export { JOB_STATES, type JobState, type JobView } from '@claviger/ports';
export { RebuildStatusQuery } from './queries/rebuild-status.js';
export { ExamineServiceQuery } from './queries/examine-service.js';
export type { KeyDescription, VersionsView, VersionView } from './queries/key-view.js';
export { Encrypt } from './use/encrypt.js';
export { Decrypt } from './use/decrypt.js';
export { ReEncrypt } from './use/re-encrypt.js';
export { GenerateDataKey } from './use/generate-data-key.js';
export { GenerateRandom } from './use/generate-random.js';
export { Sign } from './use/sign.js';
export { Verify } from './use/verify.js';
export { GenerateMac, VerifyMac } from './use/mac.js';
export { UnwrapDataKey, WrapDataKey } from './use/wrap-data-key.js';
export { GetPublicKey } from './use/get-public-key.js';
export type {
  DecryptInput,
  DecryptResult,
  EncryptInput,
  EncryptionContext,
  EncryptResult,
  GenerateDataKeyInput,
  GenerateDataKeyResult,
  GenerateMacInput,
  GenerateMacResult,
  GetPublicKeyInput,
  GetPublicKeyResult,
  ReEncryptInput,
  ReEncryptResult,
  SignInput,
  SignResult,
  Used,
  VerifyInput,
  VerifyMacInput,
  VerifyMacResult,
  VerifyResult,
} from './use/types.js';
