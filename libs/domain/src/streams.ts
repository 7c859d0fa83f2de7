/** Stream names (DESIGN section 4). The one place that builds and reads them. */

export const keyStream = (account: string, region: string, keyId: string): string =>
  `key-${account}-${region}-${keyId}`;

/** `name` without the prefix `alias/`. */
export const aliasStream = (account: string, region: string, name: string): string =>
  `alias-${account}-${region}-${name}`;

export const usesStream = (account: string, region: string, keyId: string, version: number): string =>
  `uses-${account}-${region}-${keyId}-${version}`;

export const principalStream = (principalId: string): string => `principal-${principalId}`;
export const accountStream = (account: string): string => `account-${account}`;

export const HEARTBEAT_PREFIX = 'heartbeat-';
export const JOURNAL_PREFIX = 'audit-journal-';

/** What a node says about itself; no aggregate, so of no category. */
export const heartbeatStream = (node: string): string => `${HEARTBEAT_PREFIX}${node}`;
/** Where a node's audit journal is kept in the event store. */
export const journalStream = (node: string): string => `${JOURNAL_PREFIX}${node}`;
export const isHeartbeatStream = (stream: string): boolean => stream.startsWith(HEARTBEAT_PREFIX);

/** Streams of nodes, of which the store keeps the last events only. */
export const isNodeStream = (stream: string): boolean => isHeartbeatStream(stream) || stream.startsWith(JOURNAL_PREFIX);

export type StreamCategory = 'key' | 'alias' | 'uses' | 'principal' | 'account' | 'unique' | 'operator';

const CATEGORIES: ReadonlySet<string> = new Set<StreamCategory>([
  'key',
  'alias',
  'uses',
  'principal',
  'account',
  'unique',
  'operator',
]);

const isCategory = (text: string): text is StreamCategory => CATEGORIES.has(text);

/** What kind of aggregate a stream holds; undefined for streams that are not ours. */
export function streamCategory(stream: string): StreamCategory | undefined {
  const category = stream.slice(0, Math.max(0, stream.indexOf('-')));
  return isCategory(category) ? category : undefined;
}
