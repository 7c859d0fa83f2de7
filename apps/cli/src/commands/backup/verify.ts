import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Command } from 'commander';
import { BackupDamaged, type BackupVerdict, CannotVerify, verifyBackup } from '@claviger/audit';
import { examples } from '../../arguments.js';
import type { Cli } from '../../cli.js';
import { codeOf } from '../../error-code.js';
import { Failure } from '../../failure.js';
import { inflate, readFile } from '../../offline/files.js';
import { answer } from '../../output/answer.js';
import { facts } from '../../output/facts.js';
import { shownTime } from '../../output/time.js';
import type { GlobalOptions } from '../../session.js';

/** `claviger backup verify` */
export function backupVerify(parent: Command, cli: Cli): void {
  const command = parent
    .command('verify')
    .description('is a backup whole, and as it was written? Needs no service and no token')
    .argument('<file>', 'the backup')
    .option('--seal-keyfile <file>', 'key file of the seal at its time; without it only digest and counts are compared')
    .addHelpText('after', examples('claviger backup verify claviger-2026-11-25.backup --seal-keyfile seal/root.key'));
  command.action(async (file: string, { sealKeyfile }: { readonly sealKeyfile?: string }) => {
    const { json = false } = command.optsWithGlobals<GlobalOptions>();
    const keyFile = sealKeyfile === undefined ? undefined : neededKey(sealKeyfile);
    const verdict = await verify(file, keyFile).finally(() => keyFile?.fill(0));
    answer(cli.io, json, verdict, () => inWords(file, verdict, cli));
    if (!verdict.ok) cli.result.code = 1;
  });
}

function neededKey(path: string): Buffer {
  const bytes = readFile(path);
  if (bytes === undefined) throw new Failure(`Cannot verify: there is no key file at ${path}.`);
  return bytes;
}

async function verify(file: string, keyFile: Buffer | undefined): Promise<BackupVerdict> {
  try {
    return await verifyBackup({ open: () => bytesOf(file), inflate, ...(keyFile && { keyFile }) });
  } catch (error) {
    if (error instanceof BackupDamaged) throw new Failure(`${file} is no sound backup: ${error.message}.`);
    if (error instanceof CannotVerify) throw new Failure(`Cannot verify: ${error.message}.`);
    throw error;
  }
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = pipeline(createReadStream(path), createGunzip(), () => undefined);
  try {
    yield* opened;
  } catch (error) {
    const code = codeOf(error);
    if (code.startsWith('Z_')) throw new BackupDamaged('it was cut or changed: its compression does not open');
    throw new Failure(`${path} cannot be read (${code}).`);
  } finally {
    opened.destroy();
  }
}

function inWords(file: string, { ok, header, end, keyed }: BackupVerdict, { io }: Cli): string {
  const { counts } = end;
  const wrong = [
    ...(keyed?.authentic === false
      ? ['WRONG: it was not written by who holds this root key, or was edited since.']
      : []),
    ...(keyed?.wrongEvent ? [`WRONG: ${keyed.wrongEvent} does not verify.`] : []),
    ...(keyed?.wrongJournal ? [`WRONG: ${keyed.wrongJournal}.`] : []),
  ];
  const lines = facts([
    ['backup', file],
    ['made at', shownTime(io, header.madeAt)],
    ['account', header.account],
    ['profile', header.profile],
    ['events', `${counts.events}, to position ${header.position}`],
    ['sealed records', counts.sealed],
    ['audit journal', `to entry ${header.journal.sequence}`],
    ['destroyed by then', counts.destroyed],
    ['SHA-256', end.sha256],
  ]);
  const verdict =
    keyed === undefined ? 'It is whole. Who wrote it is not known without --seal-keyfile.' : 'It is as it was written.';
  return `${lines}\n${ok ? verdict : wrong.join('\n')}\n`;
}
