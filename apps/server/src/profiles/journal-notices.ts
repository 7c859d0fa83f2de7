import type { JournalNotice } from '@claviger/adapters/audit-journal-segments';
import type { Logger, Metrics } from '@claviger/platform';

/** What happens in the journal, for log and metrics. */
export function noticeOf(logger: Logger, metrics: Metrics): (notice: JournalNotice) => void {
  const failures = metrics.counter(
    'claviger_journal_failures_total',
    'Flushes and upkeep of the audit journal that failed',
    ['kind'],
  );
  const free = metrics.gauge('claviger_journal_free_bytes', 'Free space on the disk of the audit journal');
  return (notice) => {
    const { kind, ...fields } = notice;
    switch (kind) {
      case 'segment-opened':
      case 'compressed':
      case 'removed':
      case 'archived':
        logger.debug(`audit journal: ${kind}`, fields);
        return;
      case 'space':
        free.set(notice.freeBytes);
        if (notice.level !== 'ok') logger.warn('ALERT: the disk of the audit journal is filling up', fields);
        return;
      case 'tail-voided':
        logger.warn('audit journal: the rest of an interrupted flush is void', fields);
        return;
      case 'segment-failed':
      case 'unwritable':
      case 'preparation-failed':
      case 'upkeep-failed':
      case 'listener-failed':
        failures.inc({ kind });
        logger.error(`audit journal: ${kind}`, fields);
        return;
    }
  };
}
