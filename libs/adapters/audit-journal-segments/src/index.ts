export { nodeFiles } from './node-files.js';
export { type JournalStatus, SegmentsAuditJournal } from './journal.js';
export { folderSources, OfflineJournal, type OfflineOptions } from './offline.js';
export type { JournalNotice, RetentionSettings, SegmentsJournalOptions, SpaceLevel } from './options.js';
