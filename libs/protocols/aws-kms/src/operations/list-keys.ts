import { ListKeysQuery } from '@claviger/application';
import { pageSize } from '../model/page-size.js';
import type { Operation } from './operation.js';
import { pageMembers, readMarker } from './paging.js';

export const listKeys: Operation<'ListKeys'> = async (call, input, { queries }) => {
  const after = readMarker('ListKeys', input.Marker);
  const page = await queries.execute(new ListKeysQuery(call, {}, after, pageSize('ListKeys', input.Limit)));
  return {
    Keys: page.items.map(({ attributes }) => ({ KeyId: attributes.keyId, KeyArn: attributes.arn })),
    ...pageMembers('ListKeys', page.next),
  };
};
