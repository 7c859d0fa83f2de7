import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import { findSoftHsm, SOFTHSM_REASON, type SoftHsmPrograms } from './find.js';

export const PIN = '271828';
const SO_PIN = '31415926';

export interface PrivateTokenOptions {
  readonly label?: string;
  /**
   * Point this process's own SOFTHSM2_CONF at the token, for a module that is loaded here; true when absent. One token at a time.
   * Without it the token is for other processes, see `environment`.
   */
  readonly here?: boolean;
}

/**
 * A SoftHSM token of one's own in a temporary folder. A module that has been initialised before keeps what it knew: close its users
 * first, then `start`, `empty` or `stop`.
 */
export class PrivateToken {
  private constructor(
    private readonly programs: SoftHsmPrograms,
    private readonly folder: string,
    readonly label: string,
    private readonly here: boolean,
  ) {}

  /** @throws Error when SoftHSM is not installed, or the token cannot be made: at once, with what softhsm2-util said */
  static async start(options: PrivateTokenOptions = {}): Promise<PrivateToken> {
    const programs = findSoftHsm();
    if (programs === undefined) throw new Error(SOFTHSM_REASON);
    const folder = mkdtempSync(join(tmpdir(), 'claviger-softhsm-'));
    const token = new PrivateToken(programs, folder, options.label ?? 'claviger-test', options.here ?? true);
    writeFileSync(
      token.configuration,
      `directories.tokendir = ${token.tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`,
    );
    writeFileSync(token.pinFile, `${PIN}\n`, { mode: 0o600 });
    token.empty();
    if (token.here) await setForModules('SOFTHSM2_CONF', token.configuration);
    return token;
  }

  get modulePath(): string {
    return this.programs.modulePath;
  }

  /** The file that SOFTHSM2_CONF names. */
  get configuration(): string {
    return join(this.folder, 'softhsm2.conf');
  }

  get pinFile(): string {
    return join(this.folder, 'pin');
  }

  /** For processes that are to see this token. */
  get environment(): Readonly<Record<string, string>> {
    return { SOFTHSM2_CONF: this.configuration };
  }

  /** The folder that is the token's store. */
  get tokens(): string {
    return join(this.folder, 'tokens');
  }

  /** A new token with the same label and PIN in its place; the old one and its objects are gone. */
  empty(): void {
    rmSync(this.tokens, { recursive: true, force: true });
    mkdirSync(this.tokens, { mode: 0o700 });
    this.addToken(this.label);
  }

  /** One more token beside it. */
  addToken(label: string): void {
    const pins = ['--so-pin', SO_PIN, '--pin', PIN];
    execFileSync(this.programs.util, ['--init-token', '--free', '--label', label, ...pins], {
      env: { ...process.env, ...this.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    });
  }

  /** The token goes away, as if it were unplugged. */
  unplug(): void {
    renameSync(this.tokens, `${this.tokens}.away`);
  }

  /** It comes back. */
  plugIn(): void {
    renameSync(`${this.tokens}.away`, this.tokens);
  }

  async stop(): Promise<void> {
    if (this.here) await setForModules('SOFTHSM2_CONF', undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Sets a variable for native code in this process. Jest's `process.env` is a copy, which a native module does not see; a thread that
 * shares the environment reaches the real one.
 */
function setForModules(name: string, value: string | undefined): Promise<void> {
  const code = `
    const { name, value } = require('node:worker_threads').workerData;
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  `;
  const worker = new Worker(code, { eval: true, env: SHARE_ENV, workerData: { name, value } });
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}
