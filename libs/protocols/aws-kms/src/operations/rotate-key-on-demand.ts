import { RotateKeyCommand } from '@claviger/application';
import type { Operation } from './operation.js';
import { findRotatable } from './rotation.js';

/** Quota of the developer guide; the admin API has none. */
const MOST_ON_DEMAND = 25;

export const rotateKeyOnDemand: Operation<'RotateKeyOnDemand'> = async (call, input, { commands, queries }) => {
  const { key: reference } = await findRotatable(call, input.KeyId, queries);
  const { key } = await commands.execute(
    new RotateKeyCommand(call, {
      key: reference,
      trigger: 'on_demand',
      spec: null,
      mostOnDemand: MOST_ON_DEMAND,
    }),
  );
  return { KeyId: key.keyId };
};
