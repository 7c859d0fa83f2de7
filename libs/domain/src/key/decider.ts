import type { Decider, Decision } from '../envelope.js';
import type { KeyCommand, KeyContext } from './commands.js';
import { changeOwner, changeUses, updateDescription } from './decide/attributes.js';
import { compromiseVersion } from './decide/compromise.js';
import { createKey } from './decide/create.js';
import { cancelDeletion, enablePurgeProtection, scheduleDeletion } from './decide/deletion.js';
import { recordDestruction, startDestruction } from './decide/destruction.js';
import { disableKey, enableKey } from './decide/disable.js';
import { expireVersion, notifyExpiry } from './decide/expiry.js';
import { putPolicy } from './decide/policy.js';
import { restoreVersion } from './decide/restore.js';
import { retireVersion } from './decide/retire.js';
import { setRetirementPolicy } from './decide/retirement-policy.js';
import { rollBackVersion } from './decide/roll-back.js';
import { rotateKey } from './decide/rotate.js';
import { setRotationPolicy } from './decide/rotation-policy.js';
import { activateVersion, stageVersion } from './decide/stage.js';
import { tagKey, untagKey } from './decide/tags.js';
import type { KeyEvent } from './events.js';
import { evolveKey } from './evolve.js';
import { type KeyAggregate, NO_KEY } from './state.js';

/** @throws KmsError naming state and operation when the command is not legal */
function decide(state: KeyAggregate, command: KeyCommand, context: KeyContext): Decision<KeyEvent> {
  switch (command.type) {
    case 'CreateKey':
      return createKey(state, command, context);
    case 'RotateKey':
      return rotateKey(state, command, context);
    case 'StageVersion':
      return stageVersion(state, command, context);
    case 'ActivateVersion':
      return activateVersion(state, command, context);
    case 'RollBackVersion':
      return rollBackVersion(state, command, context);
    case 'RetireVersion':
      return retireVersion(state, command, context);
    case 'RestoreVersion':
      return restoreVersion(state, command, context);
    case 'DisableKey':
      return disableKey(state, command);
    case 'EnableKey':
      return enableKey(state, command);
    case 'ScheduleDeletion':
      return scheduleDeletion(state, command, context);
    case 'CancelDeletion':
      return cancelDeletion(state, command);
    case 'StartDestruction':
      return startDestruction(state, command, context);
    case 'RecordDestruction':
      return recordDestruction(state, command);
    case 'CompromiseVersion':
      return compromiseVersion(state, command, context);
    case 'ExpireVersion':
      return expireVersion(state, command, context);
    case 'NotifyExpiry':
      return notifyExpiry(state, command, context);
    case 'UpdateDescription':
      return updateDescription(state, command);
    case 'ChangeOwner':
      return changeOwner(state, command);
    case 'ChangeUses':
      return changeUses(state, command);
    case 'TagKey':
      return tagKey(state, command);
    case 'UntagKey':
      return untagKey(state, command);
    case 'PutPolicy':
      return putPolicy(state, command);
    case 'SetRotationPolicy':
      return setRotationPolicy(state, command);
    case 'SetRetirementPolicy':
      return setRetirementPolicy(state, command);
    case 'EnablePurgeProtection':
      return enablePurgeProtection(state, command);
  }
}

export const keyDecider: Decider<KeyAggregate, KeyCommand, KeyEvent, KeyContext> = {
  initialState: NO_KEY,
  evolve: evolveKey,
  decide,
};
