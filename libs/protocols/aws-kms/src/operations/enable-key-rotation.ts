import { SetRotationPolicyCommand } from '@claviger/application';
import { NOTHING, type Operation } from './operation.js';
import { everyDays, findRotatable } from './rotation.js';

const USUAL_PERIOD = 365;

export const enableKeyRotation: Operation<'EnableKeyRotation'> = async (call, input, { commands, queries }) => {
  const { key, description } = await findRotatable(call, input.KeyId, queries);
  const days = input.RotationPeriodInDays ?? USUAL_PERIOD;
  const rotationPolicy = everyDays(description.attributes.rotationPolicy, days);
  await commands.execute(new SetRotationPolicyCommand(call, { key, rotationPolicy }));
  return NOTHING;
};
