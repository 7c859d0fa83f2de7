import type { Clock } from '@claviger/platform';
import { type Anchor, type AuditJournal, type EventStore, type JobQueue, JobQueueUnavailable } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import type { HsmDevices } from '../hsm-devices.js';
import type { ServiceFacts } from '../queries/service-facts.js';
import type { Finding } from './finding.js';
import type { Holds } from './holds.js';
import { checkMaterial } from './material-check.js';

export interface DoctorParts {
  readonly devices: HsmDevices;
  readonly keyState: KeyState;
  readonly store: EventStore;
  readonly journal: AuditJournal;
  readonly anchor: Anchor;
  readonly jobs: JobQueue;
  readonly holds: Holds;
  readonly facts: ServiceFacts;
  readonly clock: Clock;
}

export interface Examination {
  /** Epoch milliseconds. */
  readonly at: number;
  /** What was looked at: number of versions, and of references to material in the HSM. */
  readonly versions: number;
  readonly material: number;
  /** The worst first. */
  readonly findings: readonly Finding[];
}

const OVERDUE_MS = 60 * 60 * 1000;
const MOST_OVERDUE = 100;
const BACKLOG = 10_000;

const RANK: Readonly<Record<Finding['severity'], number>> = { problem: 0, warning: 1, note: 2 };

/** Looks at everything that can be wrong without a call failing. Changes nothing; calls that overlap share one examination. */
export class Doctor {
  private running: Promise<Examination> | undefined;

  constructor(private readonly on: DoctorParts) {}

  examine(): Promise<Examination> {
    this.running ??= this.look().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async look(): Promise<Examination> {
    const { facts, clock } = this.on;
    const { versions, held, findings } = await checkMaterial(this.on);
    const all = [
      ...findings,
      ...this.token(),
      ...this.streams(),
      ...this.holds(),
      ...this.writing(),
      ...(await this.views()),
      ...this.overdue(),
      ...(await this.jobs()),
      ...this.seal(),
      ...(await facts.inspectFiles()),
    ];
    return {
      at: clock.now(),
      versions,
      material: held,
      findings: all.sort((a, b) => RANK[a.severity] - RANK[b.severity]),
    };
  }

  private token(): Finding[] {
    const { token } = this.on.devices.status();
    if (token?.state.kind !== 'unavailable') return [];
    return [
      {
        severity: 'problem',
        check: 'token',
        subject: token.label,
        message: `It does not answer (${token.state.why}): its keys cannot be used.`,
        advice: 'Look at the device, its network and the PIN file; the service finds it again by itself.',
      },
    ];
  }

  private streams(): Finding[] {
    return [...this.on.keyState.faulted()].map(([stream, { reason, newer }]) => ({
      severity: 'problem',
      check: 'streams',
      subject: stream,
      message: `Out of use: ${reason}.`,
      advice:
        newer === null
          ? 'Its record was changed. Restore the event store, then rebuild the key state.'
          : 'Upgrade this node. Nodes of the newer version use it; nothing is wrong with its record.',
    }));
  }

  private holds(): Finding[] {
    return this.on.holds.all().flatMap(({ kind, stops, findings }) =>
      findings.map((message) => ({
        severity: 'problem' as const,
        check: 'holds',
        subject: kind,
        message: `${message} Until it is accepted, ${stops === 'use' ? 'key use and destruction wait' : 'destruction and retirement wait'}.`,
        advice: 'Read `claviger operator report`, and accept it if what it says is right.',
      })),
    );
  }

  private writing(): Finding[] {
    const { journal, anchor } = this.on;
    const found: Finding[] = [];
    if (!journal.writable()) {
      found.push({
        severity: 'problem',
        check: 'journal',
        subject: 'audit journal',
        message: 'It cannot be written: no call is answered.',
        advice: 'Look at the free space and the health of its disk; it recovers by itself.',
      });
    }
    if (!anchor.writable()) {
      found.push({
        severity: 'problem',
        check: 'anchor',
        subject: 'anchor',
        message: 'It cannot be written: changes are refused.',
        advice: 'Look at the folder that CLAVIGER_ANCHOR names; it recovers by itself.',
      });
    }
    return found;
  }

  private async views(): Promise<Finding[]> {
    const { keyState, facts } = this.on;
    const found: Finding[] = [];
    if (!keyState.following) {
      found.push({
        severity: 'problem',
        check: 'read-models',
        subject: 'key-state',
        message: 'It does not follow the event store.',
        advice: 'Look at the log; it tries again by itself.',
      });
    }
    const { journal, events } = facts.auditBacklog();
    if (journal + events > BACKLOG) {
      found.push({
        severity: 'warning',
        check: 'read-models',
        subject: 'audit-view',
        message: `It lies ${journal} entries and ${events} positions behind: searches may not show the newest calls.`,
        advice: 'It catches up by itself, unless there are more calls than it can take in.',
      });
    }
    return found;
  }

  private overdue(): Finding[] {
    const { keyState, clock } = this.on;
    return keyState.keysDue(clock.now() - OVERDUE_MS, MOST_OVERDUE).map(({ keyId, region }) => ({
      severity: 'warning',
      check: 'schedule',
      subject: `${keyId} in ${region}`,
      message: 'Something was due more than an hour ago and has not happened: a rotation, an expiry or a deletion.',
      advice: 'Look at the log for the reason; it is tried again by itself.',
    }));
  }

  private async jobs(): Promise<Finding[]> {
    const found = (message: string, advice: string): Finding[] => [
      { severity: 'warning', check: 'jobs', subject: 'job queue', message, advice },
    ];
    try {
      const { dead } = await this.on.jobs.counts();
      if (dead === 0) return [];
      return found(
        dead === 1 ? 'One job has failed too often.' : `${dead} jobs have failed too often.`,
        'Look at `claviger jobs list` for the reason; what is due of them is tried once an hour.',
      );
    } catch (error) {
      if (!(error instanceof JobQueueUnavailable)) throw error;
      return found('It does not answer: what is due is late by up to an hour.', 'Look at its server.');
    }
  }

  private seal(): Finding[] {
    const { seal } = this.on.facts;
    if (seal !== 'keyfile') return [];
    return [
      {
        severity: 'note',
        check: 'seal',
        subject: seal,
        message: 'The root key is a file: good for development, not for production.',
        advice: null,
      },
    ];
  }
}
