import { createLinker, HmacSha256, type Linker, type SecretBytes } from '@claviger/crypto';

/** What one journal key makes: the chain, and MACs of what is not a record. */
export interface JournalKeys {
  /** Link of a record: HMAC(journal key, previous link ‖ record). */
  readonly linker: Linker;
  /** MAC of a segment's header, under a key of its own. */
  readonly headerMac: (bytes: Uint8Array) => Uint8Array;
  /** MAC of the retention mark, under a key of its own. */
  readonly markMac: (bytes: Uint8Array) => Uint8Array;
  /** Overwrites all of them. */
  readonly wipe: () => void;
}

/**
 * @param journalKey 32 bytes that serve nothing else; copied.
 * @throws TypeError for another length
 */
export function journalKeys(journalKey: SecretBytes): JournalKeys {
  if (journalKey.length !== 32) throw new TypeError(`a journal key has 32 bytes, got ${journalKey.length}`);
  const chain = new HmacSha256(journalKey);
  // The labels are shorter than a link: no record's MAC can have such an input.
  const header = new HmacSha256(chain.mac(Buffer.from('claviger segment header v1')));
  const mark = new HmacSha256(chain.mac(Buffer.from('claviger retention mark v1')));
  return {
    linker: createLinker(chain),
    headerMac: (bytes) => header.mac(bytes),
    markMac: (bytes) => mark.mac(bytes),
    wipe: () => {
      for (const key of [chain, header, mark]) key.wipe();
    },
  };
}
