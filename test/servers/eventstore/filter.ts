import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { StoredEvent } from './event.js';

/** What a reader of `$all` asked to see. */
export interface Filter {
  readonly matches: (event: StoredEvent) => boolean;
  /** Events after which a subscription is told how far the search has come. */
  readonly checkpointEvery: number;
  /** For the knobs: prefixes or expression, as text. */
  readonly about: string;
}

const ALL: Filter = { matches: () => true, checkpointEvery: Infinity, about: '$all' };

export function filterOf(options: streams.ReadReq.Options): Filter {
  const filter = options.getFilter();
  if (filter === undefined) return ALL;
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType();
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = expression?.getRegex() ?? '';
  const pattern = regex === '' ? undefined : new RegExp(regex, 'u');
  const accepts = (text: string): boolean =>
    pattern === undefined ? prefixes.some((prefix) => text.startsWith(prefix)) : pattern.test(text);
  const window = filter.hasMax() ? filter.getMax() : 32;
  return {
    matches: (event) => accepts(byStream === undefined ? event.type : event.stream),
    checkpointEvery: window * Math.max(1, filter.getCheckpointintervalmultiplier()),
    about: [...prefixes, regex].join(' '),
  };
}
