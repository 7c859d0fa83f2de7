import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  ANCHOR_FILE,
  CannotVerify,
  describeViolation,
  JOURNAL_KEY_FILE,
  type JournalVerdict,
  RETENTION_MARK_FILE,
  verifyJournal,
} from '@claviger/audit';
import { examples } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { codeOf } from '../../error-code.js';
import { Failure } from '../../failure.js';
import type { Io } from '../../io.js';
import { inflate, needed, readAnchorKey, readChunks, readFile } from '../../offline/files.js';
import { type PlaceOptions, type Places, placesOf } from '../../offline/places.js';
import { answer } from '../../output/answer.js';
import { facts } from '../../output/facts.js';
import { Progress } from '../../output/progress.js';
import { shownTime } from '../../output/time.js';
import type { GlobalOptions } from '../../session.js';
import { allNodesInWords, verifyAllNodes } from './verify-all-nodes.js';

/** `claviger audit verify` */
export const auditVerify: AddCommand = (parent, cli) => {
  const command = parent
    .command('verify')
    .description(
      'is the audit journal as it was written? Reads its files and the key of the seal; needs no service and no token',
    )
    .option('--data <folder>', 'data folder (CLAVIGER_DATA, ./data)')
    .option('--seal-keyfile <file>', 'key file of the seal (CLAVIGER_SEAL_KEYFILE, ./seal/root.key)')
    .option('--anchor <folder>', 'folder of the anchor (CLAVIGER_ANCHOR, ./anchor)')
    .option('--all-nodes', 'the journals of all nodes, as a node of a cluster (admin, worker) keeps copies of them')
    .addHelpText(
      'after',
      examples('claviger audit verify', 'claviger audit verify --data /mnt/copy/data --seal-keyfile ~/root.key --json'),
    );
  command.action(async ({ allNodes = false, ...options }: PlaceOptions & { readonly allNodes?: boolean }) => {
    const { io } = cli;
    const { json = false } = command.optsWithGlobals<GlobalOptions>();
    const places = placesOf(options, io.env);
    if (allNodes) {
      const found = await verifyAllNodes(places);
      answer(io, json, found, () => allNodesInWords(found));
      if (!found.ok) cli.result.code = 1;
      return;
    }
    const verdict = await verify(places, io);
    answer(io, json, verdict, () => inWords(io, places, verdict));
    if (!verdict.ok) cli.result.code = 1;
  });
};

async function verify(places: Places, io: Io): Promise<JournalVerdict> {
  const { journal } = places;
  const keyFile = needed(places.sealKeyfile, 'the key file of the seal (--seal-keyfile)');
  const progress = new Progress(io, 'verifying');
  try {
    // The anchor before the journal: it never names what is not durable yet, also while the service writes on.
    const log = readFile(join(places.anchor, ANCHOR_FILE));
    const key = log === undefined ? undefined : readAnchorKey(places.sealedStore);
    const retentionMark = readFile(join(journal, RETENTION_MARK_FILE));
    const journalKey = needed(join(journal, JOURNAL_KEY_FILE), "the journal's key (--data)").toString('utf8');
    const names = namesIn(journal);
    return await verifyJournal({
      keyFile,
      journalKey,
      names,
      open: reader(journal, names, progress),
      inflate,
      ...(retentionMark === undefined ? {} : { retentionMark }),
      ...(log === undefined ? {} : { anchor: { log, ...(key === undefined ? {} : { key }) } }),
    });
  } catch (error) {
    if (error instanceof CannotVerify) throw new Failure(`Cannot verify: ${error.message}.`);
    throw error;
  } finally {
    keyFile.fill(0);
    progress.end();
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new Failure(`${folder} cannot be read (${codeOf(error)}).`);
  }
}

const isSegment = (name: string): boolean => name.includes('.segment');

/** Each file counts once, however often its first bytes are looked at. */
function reader(
  folder: string,
  names: readonly string[],
  progress: Progress,
): (name: string) => AsyncIterable<Uint8Array> {
  const sizes = new Map(
    names.filter(isSegment).map((name) => [name, statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0]),
  );
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const read = new Map<string, number>();
  return (name) =>
    readChunks(join(folder, name), (upTo) => {
      read.set(name, Math.max(read.get(name) ?? 0, upTo));
      progress.show(
        [...read.values()].reduce((sum, bytes) => sum + bytes, 0),
        total,
      );
    });
}

function inWords(io: Io, { journal, anchor: anchorFolder }: Places, { ok, chain, anchor }: JournalVerdict): string {
  const verified = chain.entries === 0 ? 'none' : `${chain.first} to ${chain.head.sequence}`;
  const found = chain.ok ? [] : [`WRONG: ${describeViolation(chain.violation)}.`];
  if (anchor.state === 'damaged') found.push(`WRONG: the anchor in ${anchorFolder} does not verify under its key.`);
  const lines = facts([
    ['journal', journal],
    [
      'records verified',
      `${verified} (${chain.entries}, in ${chain.segments} ${chain.segments === 1 ? 'segment' : 'segments'})`,
    ],
    ['removed by retention', chain.first > 1 ? `records 1 to ${chain.first - 1}` : null],
    ['last link', chain.entries === 0 ? null : chain.head.link],
    ['anchor', anchorWords(io, anchorFolder, { anchor, chain })],
    ['end', chain.torn === undefined ? null : 'the rest of an interrupted flush, nothing of which was answered'],
  ]);
  return `${lines}\n${ok ? 'The journal is as it was written.' : found.join('\n')}\n`;
}

function anchorWords(io: Io, folder: string, { anchor, chain }: Pick<JournalVerdict, 'anchor' | 'chain'>): string {
  switch (anchor.state) {
    case 'checked': {
      const beat =
        anchor.heartbeat === undefined
          ? ''
          : `, last written ${shownTime(io, new Date(anchor.heartbeat).toISOString())}`;
      return chain.anchorChecked ? `compared${beat}` : `not compared: the record that it names is not there${beat}`;
    }
    case 'empty':
      return 'empty: nothing was recorded yet';
    case 'absent':
      return `none in ${folder}: a tail that was cut off cannot be noticed`;
    case 'without-key':
      return 'not compared: its key is in the sealed store, which is not there; a tail that was cut off cannot be noticed';
    case 'damaged':
      return 'does not verify';
  }
}
