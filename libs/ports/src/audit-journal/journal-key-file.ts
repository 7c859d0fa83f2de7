/** The journal's key, wrapped by the seal, base64, in a file beside the segments. */
export const JOURNAL_KEY_FILE = 'journal.key';

/** Bound to the wrapped key, so that no other wrapped key passes for it. */
export const JOURNAL_KEY_CONTEXT = 'claviger journal key v1';

/** Copies of the journals of all nodes, in the data folder of nodes that need them. */
export const JOURNAL_COPIES_FILE = 'journals.db';

/** Their key, in the same form, beside them. */
export const JOURNAL_COPIES_KEY_FILE = 'journals.key';
