import { CreateKeyCommand } from '@claviger/application';
import { keyArn } from '@claviger/domain';
import type { OperationInputs } from '../model/inputs.js';
import { checkPolicyForm } from '../policy/check-form.js';
import { defaultKeyPolicy } from '../policy/default-policy.js';
import { checkLockout, type PolicyCaller } from '../policy/lockout.js';
import { unsupported } from './arguments.js';
import { metadataOfState } from './key-metadata.js';
import { readSpecAndUsage } from './key-spec.js';
import type { Operation } from './operation.js';
import { attributesOfTags } from './tags.js';

type Input = OperationInputs['CreateKey'];

export const createKey: Operation<'CreateKey'> = async (call, input, { commands }) => {
  refuseWhatIsNotOffered(input);
  const { key } = await commands.execute(
    new CreateKeyCommand(call, {
      ...readSpecAndUsage(input),
      ...attributesOfTags(input.Tags ?? []),
      uses: [],
      description: input.Description ?? '',
      policy: policyOf(input, call.caller, call.region),
      rotationPolicy: null,
      rollbackWindow: null,
      retirement: null,
      purgeProtection: false,
    }),
  );
  return { KeyMetadata: metadataOfState(key) };
};

function refuseWhatIsNotOffered(input: Input): void {
  if (input.Origin !== undefined && input.Origin !== 'AWS_KMS') {
    throw unsupported(`Origin ${input.Origin} is not offered by this service.`);
  }
  if (input.MultiRegion === true) {
    throw unsupported('Multi-Region keys are not offered by this service.');
  }
  if (input.CustomKeyStoreId !== undefined || input.XksKeyId !== undefined) {
    throw unsupported('Custom key stores are not offered by this service.');
  }
}

function policyOf(input: Input, caller: PolicyCaller, region: string): string {
  if (input.Policy === undefined) {
    return defaultKeyPolicy(caller.account);
  }
  const policy = checkPolicyForm(input.Policy);
  if (input.BypassPolicyLockoutSafetyCheck !== true) {
    // The key's id is not known yet: a statement that names a key cannot mean this one.
    checkLockout(policy, caller, keyArn(caller.account, region, '*'));
  }
  return input.Policy;
}
