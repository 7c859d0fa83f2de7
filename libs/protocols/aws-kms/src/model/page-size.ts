/** Entries per page of the list operations: without `Limit`, and at most. Source: the API reference of each. */
const pages = {
  ListAliases: { usual: 50, most: 100 },
  ListKeyPolicies: { usual: 100, most: 1000 },
  ListKeyRotations: { usual: 100, most: 1000 },
  ListKeys: { usual: 100, most: 1000 },
  ListResourceTags: { usual: 50, most: 50 },
} as const;

/**
 * The page size to use. The wire allows 1 to 1000 everywhere; the reference states smaller maxima for some lists, and
 * what the service answers between the two is not recorded: we give the smaller page, which every paginating client
 * copes with (docs/divergences/aws-kms.md).
 */
export function pageSize(operation: keyof typeof pages, limit: number | undefined): number {
  const { usual, most } = pages[operation];
  return limit === undefined ? usual : Math.min(limit, most);
}
