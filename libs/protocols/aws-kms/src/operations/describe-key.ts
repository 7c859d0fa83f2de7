import { DescribeKeyQuery } from '@claviger/application';
import { readKeyOrAlias } from '../identifiers/key-id.js';
import { keyMetadata } from './key-metadata.js';
import type { Operation } from './operation.js';

export const describeKey: Operation<'DescribeKey'> = async (call, input, { queries }) => {
  const key = await queries.execute(new DescribeKeyQuery(call, readKeyOrAlias(input.KeyId, call.region)));
  return { KeyMetadata: keyMetadata(key.attributes, key.currentMaterial) };
};
