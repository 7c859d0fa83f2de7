import { HmacSha256 } from '@claviger/crypto';
import { parseAnchor, type SealedRecord, segmentSources } from '@claviger/ports';
import { OfflineSeal, openAnchorKey, openJournalKey } from './offline-keys.js';
import type { ChainHead, ChainVerdict } from './verdict.js';
import { verifyChain } from './verify-chain.js';

/** What an auditor has at hand. Nothing here reads a file by itself. */
export interface JournalAtHand {
  /** Bytes of the seal's key file; lent. */
  readonly keyFile: Uint8Array;
  /** Text of the wrapped key beside the segments. */
  readonly journalKey: string;
  /** Names of the files in the journal's folder. */
  readonly names: readonly string[];
  /** Bytes of one of them, from its start. */
  readonly open: (name: string) => AsyncIterable<Uint8Array>;
  /** zstd decompression with that output bound; undefined for damaged data. */
  readonly inflate: (stored: Uint8Array, rawLength: number) => Uint8Array | undefined;
  readonly retentionMark?: Uint8Array;
  /** Read before the journal: it never names what is not durable yet. */
  readonly anchor?: AnchorAtHand;
}

export interface AnchorAtHand {
  /** Bytes of the anchor's file. */
  readonly log: Uint8Array;
  /** The anchor's key in the sealed store; absent where the sealed store is not at hand. */
  readonly key?: SealedRecord;
}

/** What the anchor could tell. `damaged`: it does not verify under its key, which is itself a finding. */
export type AnchorCheck =
  | { readonly state: 'checked' | 'empty'; readonly heartbeat: number | undefined }
  | { readonly state: 'absent' | 'without-key' | 'damaged' };

export interface JournalVerdict {
  readonly ok: boolean;
  readonly chain: ChainVerdict;
  readonly anchor: AnchorCheck;
}

/**
 * Verifies a journal with nothing of the service but its files and the seal's key: names the first record that was changed, removed or
 * re-chained, and a tail that was cut below the anchor.
 * @throws CannotVerify when the keys do not open
 */
export async function verifyJournal(at: JournalAtHand): Promise<JournalVerdict> {
  using seal = OfflineSeal.of(at.keyFile);
  const { check, head } = await readAnchor(seal, at.anchor);
  using journalKey = await openJournalKey(seal, at.journalKey);
  const chain = await verifyChain({
    sources: segmentSources(at.names, at.open, at.inflate),
    journalKey,
    ...(at.retentionMark === undefined ? {} : { retentionMark: at.retentionMark }),
    ...(head === undefined ? {} : { anchor: head }),
  });
  return { ok: chain.ok && check.state !== 'damaged', chain, anchor: check };
}

async function readAnchor(
  seal: OfflineSeal,
  anchor: AnchorAtHand | undefined,
): Promise<{ readonly check: AnchorCheck; readonly head?: ChainHead }> {
  if (anchor === undefined) return { check: { state: 'absent' } };
  if (anchor.key === undefined) return { check: { state: 'without-key' } };
  using secret = await openAnchorKey(seal, anchor.key);
  const key = new HmacSha256(secret);
  try {
    const content = parseAnchor(Buffer.from(anchor.log), key);
    if (content === undefined) return { check: { state: 'damaged' } };
    const { state } = content;
    if (state === undefined) return { check: { state: 'empty', heartbeat: undefined } };
    return { check: { state: 'checked', heartbeat: state.heartbeat }, head: state.journal };
  } finally {
    key.wipe();
  }
}
