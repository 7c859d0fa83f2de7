import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CannotVerify,
  type CopyVerdict,
  JOURNAL_COPIES_FILE,
  JOURNAL_COPIES_KEY_FILE,
  verifyCopies,
} from '@claviger/audit';
import { Failure } from '../../failure.js';
import { needed, readCopies } from '../../offline/files.js';
import type { Places } from '../../offline/places.js';
import { facts } from '../../output/facts.js';
import { printable } from '../../output/printable.js';

export interface AllNodesVerdict {
  readonly ok: boolean;
  readonly journals: readonly CopyVerdict[];
}

/** The copies that an admin or worker node of a cluster keeps of the journals of all nodes. @throws Failure */
export async function verifyAllNodes({ data, sealKeyfile }: Places): Promise<AllNodesVerdict> {
  const copies = join(data, JOURNAL_COPIES_FILE);
  if (!existsSync(copies)) {
    throw new Failure(
      `Cannot verify: ${copies} is not there. Nodes of a cluster with the role admin, worker or all keep one (--data).`,
    );
  }
  const keyFile = needed(sealKeyfile, 'the key file of the seal (--seal-keyfile)');
  const journalKey = needed(join(data, JOURNAL_COPIES_KEY_FILE), "the journals' key (--data)").toString('utf8');
  try {
    const journals = await verifyCopies({ keyFile, journalKey, groups: readCopies(copies) });
    return { ok: journals.every(({ wrong }) => wrong.length === 0), journals };
  } catch (error) {
    if (error instanceof CannotVerify) throw new Failure(`Cannot verify: ${error.message}.`);
    throw error;
  } finally {
    keyFile.fill(0);
  }
}

export function allNodesInWords({ ok, journals }: AllNodesVerdict): string {
  const shown = journals.map(({ node, entries, head, wrong }) => {
    const lines = facts([
      ['node', node],
      ['records verified', entries],
      ['last record', head.sequence],
      ['last link', head.sequence === 0 ? null : head.link],
    ]);
    return `${lines}${wrong.map((what) => `WRONG: ${printable(what)}.\n`).join('')}`;
  });
  const verdict = ok
    ? 'The copies of all journals are as they were written.'
    : 'Not all journals are as they were written.';
  return [...shown, `${verdict}\n`].join('\n');
}
