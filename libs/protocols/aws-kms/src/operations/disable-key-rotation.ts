import { SetRotationPolicyCommand } from '@claviger/application';
import { NOTHING, type Operation } from './operation.js';
import { findRotatable } from './rotation.js';

export const disableKeyRotation: Operation<'DisableKeyRotation'> = async (call, input, { commands, queries }) => {
  const { key, description } = await findRotatable(call, input.KeyId, queries);
  const rotationPolicy = { ...description.attributes.rotationPolicy, enabled: false };
  await commands.execute(new SetRotationPolicyCommand(call, { key, rotationPolicy }));
  return NOTHING;
};
