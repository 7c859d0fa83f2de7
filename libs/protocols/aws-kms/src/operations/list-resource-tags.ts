import { DescribeKeyQuery } from '@claviger/application';
import { listedTags } from '@claviger/domain';
import { readKeyOnly } from '../identifiers/key-id.js';
import { pageSize } from '../model/page-size.js';
import type { Operation } from './operation.js';
import { pageMembers, pageOf, readMarker } from './paging.js';
import { toAws } from './tags.js';

/** In the order of their keys, so that a page can go on where the one before ended, whatever was tagged in between. */
export const listResourceTags: Operation<'ListResourceTags'> = async (call, input, { queries }) => {
  const after = readMarker('ListResourceTags', input.Marker);
  const { attributes } = await queries.execute(
    new DescribeKeyQuery(call, readKeyOnly(input.KeyId, call.region), 'kms:ListResourceTags'),
  );
  const tags = listedTags(attributes).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const limit = pageSize('ListResourceTags', input.Limit);
  const { page, next } = pageOf(
    tags,
    (tag) => tag.key > after,
    limit,
    (tag) => tag.key,
  );
  return { Tags: page.map(toAws), ...pageMembers('ListResourceTags', next) };
};
