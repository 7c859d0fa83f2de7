import { KmsError } from '@claviger/domain';
import type { Clock, Logger, Metrics } from '@claviger/platform';
import {
  type Anchor,
  type AnchorContent,
  type AuditJournal,
  BACKUP_FORMAT,
  BACKUP_VERSION,
  type BackupHeader,
  type EventStore,
} from '@claviger/ports';
import type { KeyState, MaterialPlace } from '@claviger/projections';
import type { ServiceFacts } from '../../queries/service-facts.js';
import { backupLines, type BackupSources } from './backup-lines.js';
import { type BackupOutcome, backupStream } from './backup-stream.js';

/** What the profile opens for backups alone. */
export type BackupParts = Omit<BackupSources, 'store' | 'anchor'>;

export interface BackupsParts {
  readonly backup: BackupParts;
  readonly store: EventStore;
  readonly journal: AuditJournal;
  readonly anchor: Anchor;
  readonly keyState: KeyState;
  readonly facts: ServiceFacts;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A backup that has begun: what it will hold, and its bytes, made as they are asked for. */
export interface RunningBackup {
  readonly header: BackupHeader;
  readonly bytes: ReadableStream<Uint8Array>;
}

const MATERIAL_PER_PAGE = 1_000;

/** Makes backups, one at a time, while the service serves. */
export class Backups {
  private running = false;
  private readonly made;

  constructor(private readonly on: BackupsParts) {
    this.made = on.metrics.counter('claviger_backups_total', 'Backups by result', ['result']);
  }

  /** @throws KmsError Conflict while another one is being made */
  async begin(): Promise<RunningBackup> {
    if (this.running) {
      throw new KmsError(
        'Conflict',
        'A backup is being made already. One is made at a time; try again when it is done.',
      );
    }
    this.running = true;
    try {
      const header = await this.header();
      return { header, bytes: this.stream(header) };
    } catch (error) {
      this.running = false;
      throw error;
    }
  }

  private async header(): Promise<BackupHeader> {
    const { journal, store, anchor, facts, clock } = this.on;
    const sequence = journal.head();
    const link = await journal.link(sequence);
    if (link === undefined) throw new Error(`the audit journal has no link for its own head, entry ${sequence}`);
    const { account, regions, profile, node } = facts;
    return {
      kind: 'header',
      format: BACKUP_FORMAT,
      version: BACKUP_VERSION,
      account,
      regions,
      profile,
      node,
      madeAt: new Date(clock.now()).toISOString(),
      position: (await store.head()).toString(),
      journal: { sequence, link },
      anchor: anchor.state() ?? null,
    };
  }

  private stream(header: BackupHeader): ReadableStream<Uint8Array> {
    const { backup, store, clock } = this.on;
    const lines = backupLines({ ...backup, store, anchor: () => this.anchorContent() }, header);
    return backupStream(lines, clock, (outcome) => {
      this.running = false;
      this.report(header, outcome);
    });
  }

  private report({ madeAt, position, journal }: BackupHeader, outcome: BackupOutcome): void {
    const { logger } = this.on;
    const about = { madeAt, position, entry: journal.sequence };
    if ('error' in outcome) {
      this.made.inc({ result: 'failure' });
      logger.warn('a backup was not finished', { ...about, error: outcome.error });
      return;
    }
    this.made.inc({ result: 'success' });
    const { counts, sha256 } = outcome.end;
    logger.info('a backup was made', { ...about, counts, sha256 });
    if (outcome.damaged === 0) return;
    logger.error('ALERT: events in the backup do not verify; they are in it as they are stored', {
      events: outcome.damaged,
    });
  }

  /**
   * The register and marks of this node, and what the events say beside: on a cluster other nodes have anchors of their own, and may have
   * destroyed what this one never heard of.
   */
  private async anchorContent(): Promise<AnchorContent> {
    const { anchor, keyState } = this.on;
    await keyState.toHead();
    const marks = new Map(anchor.versionMarks());
    const destroyed = new Set(anchor.destroyed());
    let after: MaterialPlace | undefined;
    do {
      const { items, next } = keyState.listMaterial(after, MATERIAL_PER_PAGE);
      for (const { keyId, version, reference, destroyed: gone } of items) {
        if (version > (marks.get(keyId) ?? 0)) marks.set(keyId, version);
        if (gone) destroyed.add(reference);
      }
      after = next;
      await new Promise((resolve) => setImmediate(resolve));
    } while (after !== undefined);
    return { state: undefined, marks, destroyed };
  }
}
