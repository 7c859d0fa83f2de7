import { ListAliasesQuery } from '@claviger/application';
import { readKeyOnly } from '../identifiers/key-id.js';
import { pageSize } from '../model/page-size.js';
import type { Operation } from './operation.js';
import { pageMembers, readMarker } from './paging.js';

export const listAliases: Operation<'ListAliases'> = async (call, input, { queries }) => {
  const after = readMarker('ListAliases', input.Marker);
  const key = input.KeyId === undefined ? null : readKeyOnly(input.KeyId, call.region);
  const limit = pageSize('ListAliases', input.Limit);
  const page = await queries.execute(new ListAliasesQuery(call, key, after, limit));
  return {
    Aliases: page.items.map((alias) => ({
      AliasName: `alias/${alias.name}`,
      AliasArn: alias.arn,
      TargetKeyId: alias.keyId ?? undefined,
      CreationDate: new Date(alias.createdAt),
      LastUpdatedDate: new Date(alias.updatedAt),
    })),
    ...pageMembers('ListAliases', page.next),
  };
};
