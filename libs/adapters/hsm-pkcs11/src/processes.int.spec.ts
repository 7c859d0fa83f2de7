import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CompiledEntry } from '../../../../test/servers/softhsm/compiled-entry.js';
import { findSoftHsm, SOFTHSM_REASON } from '../../../../test/servers/softhsm/find.js';
import { PrivateToken } from '../../../../test/servers/softhsm/token.js';
import { requireExternal } from '../../../../test/support/external.js';

const suite = requireExternal('softhsm', findSoftHsm()?.version, SOFTHSM_REASON);
const PROCESSES = 3;
const KEYS = 8;

suite('several processes on one token', () => {
  let token: PrivateToken;
  let entry: CompiledEntry;
  let children: ChildProcessByStdio<Writable, Readable, null>[] = [];

  beforeAll(async () => {
    entry = CompiledEntry.make({ allLibs: true });
    token = await PrivateToken.start({ here: false });
  }, 60_000);

  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL'); // those that a failure has left
    await token.stop();
    entry.remove();
  });

  /** Opens the token, says so, waits for a line, makes the keys one after the other and prints their fingerprints. */
  const script = (): string => `
    import { randomBytes } from 'node:crypto';
    import { once } from 'node:events';
    import { openPkcs11Hsm } from '${entry.index('adapters/hsm-pkcs11')}';
    import { SystemClock } from '${entry.index('platform')}';
    setInterval(() => undefined, 1000); // the pauses in between keep no process alive
    const hsm = await openPkcs11Hsm({
      modulePath: '${token.modulePath}', tokenLabel: '${token.label}', pin: { file: '${token.pinFile}' },
      sessions: 2, random: randomBytes, clock: new SystemClock(),
    });
    process.stdout.write('open\\n');
    await once(process.stdin, 'data');
    const made = [];
    for (let i = 0; i < ${KEYS}; i++) {
      const [spec, usage] = i % 2 === 0 ? ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'] : ['ECC_NIST_P256', 'SIGN_VERIFY'];
      const reference = '0198e000-0000-8000-8000-00000000000' + i;
      const { fingerprint } = await hsm.generate({ reference, keyId: 'k', version: 1, spec, usage });
      made.push(Buffer.from(fingerprint).toString('hex'));
    }
    process.stdout.write(JSON.stringify({ made, held: await hsm.list('', 100) }) + '\\n');
    await hsm.close();
    process.exit(0);
  `;

  it('makes one key per reference, though all make it at once, and leaves nothing else', async () => {
    const file = join(dirname(token.configuration), 'make-keys.mjs');
    writeFileSync(file, script());
    children = Array.from({ length: PROCESSES }, () =>
      spawn(process.execPath, [file], {
        env: { ...process.env, ...token.environment },
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const lines = children.map((child) => linesOf(child.stdout));
    await Promise.all(lines.map(async (each) => expect(await each.next()).toBe('open')));
    for (const child of children) child.stdin.end('go\n');
    const results = await Promise.all(lines.map(async (each) => JSON.parse(await each.next()) as unknown));
    expect(results).toHaveLength(PROCESSES);
    for (const result of results)
      expect((result as { made: unknown }).made).toEqual((results[0] as { made: unknown }).made);
    expect((results.at(-1) as { held: string[] }).held).toHaveLength(KEYS);
  }, 90_000);
});

/** Lines of a stream, one at a time; "" at its end. */
function linesOf(stream: NodeJS.ReadableStream): { next(): Promise<string> } {
  let text = '';
  let ended = false;
  let wake = (): void => undefined;
  stream.on('data', (part: Buffer) => {
    text += part.toString();
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  return {
    next: async () => {
      while (!text.includes('\n') && !ended) await new Promise<void>((go) => (wake = go));
      const end = text.indexOf('\n');
      const line = end < 0 ? text : text.slice(0, end);
      text = end < 0 ? '' : text.slice(end + 1);
      return line;
    },
  };
}
