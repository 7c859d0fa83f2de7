import { spawn, spawnSync } from 'node:child_process';

/** By its path: another `aws` on the PATH may be another CLI with other rules for blobs. */
const AWS = '/usr/bin/aws';
const EXPECTED = /^aws-cli\/2\.9\./;

/** `aws-cli/2.9.19`, or undefined where Debian's AWS CLI 2.9 is not installed. */
export function awsCliVersion(): string | undefined {
  const run = spawnSync(AWS, ['--version'], { encoding: 'utf8' });
  const version = run.status === 0 ? run.stdout.split(' ')[0] : undefined;
  return version !== undefined && EXPECTED.test(version) ? version : undefined;
}

export interface AwsCliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON; undefined when it is empty. @throws SyntaxError */
  readonly json: () => Record<string, unknown> | undefined;
}

/** Runs `aws <args>` with nothing of the caller's environment but what `env` gives. Never rejects for an exit code. */
export function runAwsCli(args: readonly string[], env: Readonly<Record<string, string>>): Promise<AwsCliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(AWS, [...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // No look-up of credentials anywhere else, no pager, no colours.
      env: { PATH: '/usr/bin:/bin', AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '', LANG: 'C.UTF-8', ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject);
    child.once('close', (code) =>
      resolve({
        code,
        stdout,
        stderr,
        json: () => (stdout.trim() === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>)),
      }),
    );
  });
}
