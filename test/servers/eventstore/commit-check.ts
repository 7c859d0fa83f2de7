import type { StoredEvent } from './event.js';
import { NO_STREAM, type Streams } from './streams.js';

export type Expected = bigint | 'any' | 'no_stream' | 'stream_exists';

export type Decision =
  | { readonly kind: 'write'; readonly last: bigint }
  /** These very events stand there already: answered as a success, nothing is written. */
  | { readonly kind: 'idempotent'; readonly events: readonly StoredEvent[] }
  | { readonly kind: 'wrong-expected-version'; readonly current: bigint }
  | { readonly kind: 'deleted' };

/**
 * What the real server decides about an append. With an exact revision that has passed, the ids right after it decide: all of them
 * there, in order, is a repeat; anything else is a conflict. No index over ids is consulted for that. `any` looks for ids in the stream.
 */
export function checkCommit(streams: Streams, stream: string, expected: Expected, ids: readonly string[]): Decision {
  if (streams.isTombstoned(stream)) return { kind: 'deleted' };
  const stored = streams.of(stream);
  const last = streams.last(stream);
  const conflict: Decision = { kind: 'wrong-expected-version', current: last };
  if (expected === 'stream_exists') return last === NO_STREAM ? conflict : { kind: 'write', last };
  if (expected === 'any') {
    const first = stored.findIndex(({ id }) => id === ids[0]);
    const there = first < 0 ? [] : stored.slice(first, first + ids.length);
    if (there.length === 0) return { kind: 'write', last };
    return same(there, ids) ? { kind: 'idempotent', events: there } : conflict;
  }
  const revision = expected === 'no_stream' ? NO_STREAM : expected;
  if (revision === last) return { kind: 'write', last };
  if (revision > last) return conflict;
  const there = stored.filter((event) => event.revision > revision).slice(0, ids.length);
  if (same(there, ids)) return { kind: 'idempotent', events: there };
  if (expected === 'no_stream' && streams.isDeleted(stream)) return { kind: 'write', last };
  return conflict;
}

const same = (there: readonly StoredEvent[], ids: readonly string[]): boolean =>
  there.length === ids.length && ids.every((id, i) => there[i]?.id === id);
