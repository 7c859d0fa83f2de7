import type { JournalNotice as EventStoreJournalNotice } from '@claviger/adapters/audit-journal-eventstoredb';
import type { JournalNotice } from '@claviger/adapters/audit-journal-segments';
import type { Counter, Logger, Metrics } from '@claviger/platform';
import type { ShippingNotice } from '@claviger/ports';
import type { ReplicaNotice } from '@claviger/projections';

/** What happens in the journal, for log and metrics. */
export function noticeOf(logger: Logger, metrics: Metrics): (notice: JournalNotice) => void {
  const failures = failuresOf(metrics);
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

/** The same where the journal is in the event store. */
export function eventStoreNoticeOf(logger: Logger, metrics: Metrics): (notice: EventStoreJournalNotice) => void {
  const failures = failuresOf(metrics);
  return (notice) => {
    const { kind, ...fields } = notice;
    if (kind === 'adopted') {
      logger.warn('audit journal: groups whose calls had failed were stored after all', fields);
      return;
    }
    failures.inc({ kind });
    logger.error(`audit journal: ${kind}`, fields);
  };
}

/** A local journal on its way into the event store. */
export function shippingNoticeOf(logger: Logger, metrics: Metrics): (notice: ShippingNotice) => void {
  const failures = failuresOf(metrics);
  const unshipped = metrics.gauge(
    'claviger_journal_unshipped_entries',
    'Entries that the event store does not hold yet',
  );
  const age = metrics.gauge('claviger_journal_unshipped_seconds', 'How long the oldest of them has waited');
  return (notice) => {
    const { kind, ...fields } = notice;
    switch (kind) {
      case 'shipping':
        unshipped.set(notice.entries);
        age.set(notice.milliseconds / 1000);
        return;
      case 'shipping-behind':
        logger.error(
          'ALERT: entries of the audit journal are not in the event store after 5 s, other nodes cannot see them',
          fields,
        );
        return;
      case 'shipping-caught-up':
        logger.info('the event store holds all entries of the audit journal again');
        return;
      case 'shipping-failed':
        failures.inc({ kind });
        logger.error('ALERT: the audit journal could not be copied to the event store, it is tried again', fields);
        return;
    }
  };
}

/** The journals of all nodes, as this one reads them. */
export function replicaNoticeOf(logger: Logger, metrics: Metrics): (notice: ReplicaNotice) => void {
  const failures = failuresOf(metrics);
  const gaps = metrics.counter(
    'claviger_journal_gaps_total',
    'Places where entries of a journal in the event store are missing or do not verify',
  );
  return (notice) => {
    const { kind, ...fields } = notice;
    switch (kind) {
      case 'gap':
        gaps.inc();
        logger.error('ALERT: the audit journal of a node was changed, or entries of it are missing', fields);
        return;
      case 'store-cut':
        gaps.inc();
        logger.error('ALERT: the event store lacks audit journals that were read from it', fields);
        return;
      case 'subscription-lost':
      case 'listener-failed':
      case 'detail-unread':
        failures.inc({ kind });
        logger.error(`journals of all nodes: ${kind}`, fields);
        return;
    }
  };
}

const failuresOf = (metrics: Metrics): Counter =>
  metrics.counter('claviger_journal_failures_total', 'Flushes and upkeep of the audit journal that failed', ['kind']);
