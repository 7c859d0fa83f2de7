import { ActivateVersionHandler } from './change/activate-version.js';
import { CancelDeletionHandler } from './change/cancel-deletion.js';
import { ChangeOwnerHandler } from './change/change-owner.js';
import { ChangeUsesHandler } from './change/change-uses.js';
import { ChangeAccountDefaultsHandler } from './change/change-account-defaults.js';
import { CompromiseVersionHandler } from './change/compromise-version.js';
import { CreateAliasHandler } from './change/create-alias.js';
import { CreateKeyHandler } from './change/create-key.js';
import { DeleteAliasHandler } from './change/delete-alias.js';
import { DisableKeyHandler } from './change/disable-key.js';
import { EnableKeyHandler } from './change/enable-key.js';
import { EnablePurgeProtectionHandler } from './change/enable-purge-protection.js';
import { PutPolicyHandler } from './change/put-policy.js';
import { RestoreVersionHandler } from './change/restore-version.js';
import { RetireVersionHandler } from './change/retire-version.js';
import { RollBackVersionHandler } from './change/roll-back-version.js';
import { RotateKeyHandler } from './change/rotate-key.js';
import { ScheduleDeletionHandler } from './change/schedule-deletion.js';
import { SetRetirementPolicyHandler } from './change/set-retirement-policy.js';
import { SetRotationPolicyHandler } from './change/set-rotation-policy.js';
import { StageVersionHandler } from './change/stage-version.js';
import { TagKeyHandler } from './change/tag-key.js';
import { UntagKeyHandler } from './change/untag-key.js';
import { UpdateAliasHandler } from './change/update-alias.js';
import { UpdateDescriptionHandler } from './change/update-description.js';
import { DescribeAccountHandler } from './queries/describe-account.js';
import { DescribeKeyHandler } from './queries/describe-key.js';
import { FindKeyHandler } from './queries/find-key.js';
import { KeyAtHandler } from './queries/key-at.js';
import { KeyHistoryHandler } from './queries/key-history.js';
import { KeyVersionsHandler } from './queries/key-versions.js';
import { ListAliasesHandler } from './queries/list-aliases.js';
import { ListKeysHandler } from './queries/list-keys.js';

/** One line per operation: a handler that is missing here answers nothing. */
export const commandHandlers = [
  CreateKeyHandler,
  RotateKeyHandler,
  StageVersionHandler,
  ActivateVersionHandler,
  RollBackVersionHandler,
  RetireVersionHandler,
  RestoreVersionHandler,
  DisableKeyHandler,
  EnableKeyHandler,
  ScheduleDeletionHandler,
  CancelDeletionHandler,
  CompromiseVersionHandler,
  UpdateDescriptionHandler,
  ChangeOwnerHandler,
  ChangeUsesHandler,
  TagKeyHandler,
  UntagKeyHandler,
  PutPolicyHandler,
  SetRotationPolicyHandler,
  SetRetirementPolicyHandler,
  EnablePurgeProtectionHandler,
  CreateAliasHandler,
  UpdateAliasHandler,
  DeleteAliasHandler,
  ChangeAccountDefaultsHandler,
];

export const queryHandlers = [
  DescribeKeyHandler,
  ListKeysHandler,
  ListAliasesHandler,
  KeyVersionsHandler,
  KeyHistoryHandler,
  KeyAtHandler,
  FindKeyHandler,
  DescribeAccountHandler,
];
