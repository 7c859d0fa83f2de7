export { EventStoreAuditJournal } from './journal.js';
export { JournalStream } from './journal-stream.js';
export type { EventStoreJournalOptions, JournalNotice } from './options.js';
