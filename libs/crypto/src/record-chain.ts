import type { HmacSha256 } from './hmac-sha256.js';

export const LINK_LENGTH = 32;

/** The link before a journal's first record: 32 zero bytes (a fresh array each time). */
export function firstLink(): Uint8Array {
  return new Uint8Array(LINK_LENGTH);
}

/** Link of a record: HMAC-SHA-256(journal key, previous link ‖ record), 32 bytes. @throws TypeError unless the previous link has 32 bytes */
export type Linker = (previousLink: Uint8Array, record: Uint8Array) => Uint8Array;

/**
 * The chain function of a journal. The previous link has one length, so the concatenation is unambiguous; the key must serve nothing
 * else. A copy of the journal cannot be re-chained without the key.
 */
export function createLinker(journalKey: HmacSha256): Linker {
  return (previousLink, record) => {
    if (previousLink.length !== LINK_LENGTH)
      throw new TypeError(`a link has ${LINK_LENGTH} bytes, got ${previousLink.length}`);
    return journalKey.mac(previousLink, record);
  };
}
