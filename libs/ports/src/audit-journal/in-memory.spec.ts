import { auditJournalConformance } from './conformance.js';
import { InMemoryAuditJournal } from './in-memory.js';

auditJournalConformance('InMemoryAuditJournal', () => Promise.resolve(new InMemoryAuditJournal()));
