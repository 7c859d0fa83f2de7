import type { AuditJournal } from '@claviger/ports';

/** What read models need of a journal: one node's own, or the replica of all. */
export type ReadJournal = Pick<AuditJournal, 'head' | 'read' | 'onDurable'>;
