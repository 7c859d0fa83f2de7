import { SYSTEM_KEY_REFERENCES } from '@claviger/ports';

/** Where an offline check finds what it needs. */
export {
  ANCHOR_FILE,
  JOURNAL_COPIES_FILE,
  JOURNAL_COPIES_KEY_FILE,
  JOURNAL_KEY_FILE,
  RETENTION_MARK_FILE,
} from '@claviger/ports';

/** Reference of the anchor's key in the sealed store. */
export const ANCHOR_KEY_REFERENCE: string = SYSTEM_KEY_REFERENCES.anchor;
