import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { examples } from '../arguments.js';
import type { AddCommand } from '../cli.js';
import { Failure } from '../failure.js';

interface RestoreOptions {
  readonly from: string;
  readonly data?: string;
  readonly sealKeyfile?: string;
  readonly anchor?: string;
}

/** The service's own program, which knows the stores; it stands beside this one in every build. */
const SERVER = fileURLToPath(new URL('../../../server/src/main.js', import.meta.url));

/** `claviger restore` */
export const restore: AddCommand = (parent, cli) => {
  parent
    .command('restore')
    .description('put a backup into empty stores, on the machine of the service, which must not run; needs no token')
    .requiredOption('--from <file>', 'the backup')
    .option('--data <folder>', 'empty data folder (CLAVIGER_DATA, ./data)')
    .option(
      '--seal-keyfile <file>',
      'key file of the seal, to verify who made the backup (CLAVIGER_SEAL_KEYFILE, ./seal/root.key)',
    )
    .option('--anchor <folder>', 'folder of the anchor; one that is there is kept (CLAVIGER_ANCHOR, ./anchor)')
    .addHelpText(
      'after',
      `${examples('claviger restore --from claviger-2026-11-25.backup --data /var/lib/claviger/data')}
The other settings are those of the service (CLAVIGER_PROFILE, CLAVIGER_CONFIG, …). A restore that was cut short is run again with the
same file. Afterwards: bring the root key, start the service, then claviger operator report and accept.
`,
    )
    .action(async ({ from, data, sealKeyfile, anchor }: RestoreOptions) => {
      const given = { CLAVIGER_DATA: data, CLAVIGER_SEAL_KEYFILE: sealKeyfile, CLAVIGER_ANCHOR: anchor };
      const env = { ...cli.io.env };
      for (const [name, value] of Object.entries(given)) if (value !== undefined) env[name] = value;
      // A token is not needed there.
      delete env['CLAVIGER_TOKEN'];
      cli.result.code = await run(from, env);
    });
};

function run(file: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', SERVER, 'restore', file], { stdio: 'inherit', env });
    // A restore may be cut short anywhere, so the signal of a terminal, which both get, needs no care; one to this process alone does.
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, pass);
    child.once('error', (error) => reject(new Failure(`The restore could not be started: ${error.message}`)));
    child.once('exit', (code) => {
      for (const signal of signals) process.off(signal, pass);
      resolve(code ?? 1);
    });
  });
}
