import { Command, Option } from 'commander';
import type { Cli } from './cli.js';
import { accountSetDefaults } from './commands/account/set-defaults.js';
import { accountShow } from './commands/account/show.js';
import { auditSearch } from './commands/audit/search.js';
import { auditVerify } from './commands/audit/verify.js';
import { backup } from './commands/backup/backup.js';
import { doctor } from './commands/doctor.js';
import { jobsList } from './commands/jobs/list.js';
import { jobsRetry } from './commands/jobs/retry.js';
import { keyCancelDeletion } from './commands/key/cancel-deletion.js';
import { keyCreate } from './commands/key/create.js';
import { keyDisable } from './commands/key/disable.js';
import { keyEnable } from './commands/key/enable.js';
import { keyHistory } from './commands/key/history.js';
import { keyList } from './commands/key/list.js';
import { keyRotate } from './commands/key/rotate.js';
import { keyScheduleDeletion } from './commands/key/schedule-deletion.js';
import { keyShow } from './commands/key/show.js';
import { keyVersions } from './commands/key/versions.js';
import { operatorAccept } from './commands/operator/accept.js';
import { operatorInit } from './commands/operator/init.js';
import { operatorRekey } from './commands/operator/rekey.js';
import { operatorReport } from './commands/operator/report.js';
import { operatorRotateRoot } from './commands/operator/rotate-root.js';
import { operatorSeal } from './commands/operator/seal.js';
import { operatorStatus } from './commands/operator/status.js';
import { operatorUnseal } from './commands/operator/unseal.js';
import { rebuild } from './commands/rebuild.js';
import { restore } from './commands/restore.js';
import { status } from './commands/status.js';
import { UsageError } from './failure.js';
import type { Io } from './io.js';
import { DEFAULT_URL } from './session.js';

const WORLD = `
Environment:
  CLAVIGER_URL     address of the service (default ${DEFAULT_URL})
  CLAVIGER_TOKEN   bearer token of a principal; or --token-file. There is no --token:
                   arguments of a command can be seen by every user of the machine.

Exit codes: 0 done, 1 refused or failed, 2 not understood.

Examples:
  $ claviger status
  $ claviger key create --alias alias/orders --description "orders at rest"
  $ claviger audit search --key alias/orders --operation Decrypt --since "tuesday 03:00" --until 04:00
  $ claviger audit verify
`;

/** The whole command line. One command, one file. */
export function makeProgram(io: Io, result: { code: number }): Command {
  const cli: Cli = { io, result };
  const program = new Command('claviger')
    .description('Operate, query and verify a Claviger key service.')
    .option('--url <url>', 'address of the service')
    .option('--token-file <path>', 'file with the bearer token, or with the credentials of the first start')
    .option('--region <region>', "Region; the service's first by default")
    .option('--reason <text>', 'why: a reason or ticket, kept on record')
    .option('--json', 'answer as JSON, for programs')
    .addOption(new Option('--token <token>').hideHelp().argParser(refuseToken))
    .addHelpText('after', WORLD)
    .showHelpAfterError('(claviger --help says more)')
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
    .configureHelp({ ...(io.width === undefined ? {} : { helpWidth: io.width }), showGlobalOptions: true })
    .exitOverride();
  status(program, cli);
  const key = program.command('key').description('keys and their lives');
  for (const add of KEY_COMMANDS) add(key, cli);
  const account = program.command('account').description('what belongs to the account as a whole');
  accountShow(account, cli);
  accountSetDefaults(account, cli);
  const audit = program.command('audit').description('who did what; is the record whole');
  auditSearch(audit, cli);
  auditVerify(audit, cli);
  doctor(program, cli);
  const operator = program
    .command('operator')
    .description('the seal of the root key, and what the service waits for a person to decide');
  for (const add of OPERATOR_COMMANDS) add(operator, cli);
  const jobs = program.command('jobs').description('what is due, on its way or given up');
  jobsList(jobs, cli);
  jobsRetry(jobs, cli);
  rebuild(program, cli);
  backup(program, cli);
  restore(program, cli);
  return program;
}

const KEY_COMMANDS = [
  keyCreate,
  keyList,
  keyShow,
  keyVersions,
  keyHistory,
  keyRotate,
  keyDisable,
  keyEnable,
  keyScheduleDeletion,
  keyCancelDeletion,
];

const OPERATOR_COMMANDS = [
  operatorStatus,
  operatorInit,
  operatorUnseal,
  operatorSeal,
  operatorRekey,
  operatorRotateRoot,
  operatorReport,
  operatorAccept,
];

function refuseToken(): never {
  throw new UsageError(
    'A token among the arguments can be seen by every user of the machine, and stays in the history of the shell. Set CLAVIGER_TOKEN, or use --token-file.',
  );
}
