import { SecretBytes } from '@claviger/crypto';
import { SystemClock } from '../clock.js';
import { JsonLogger } from './json-logger.js';
import type { LogLevel } from './logger.js';

const SECRET = 'correct-horse-battery-staple';

function logger(level: LogLevel = 'debug'): { log: JsonLogger; lines: string[] } {
  const lines: string[] = [];
  const clock = new SystemClock();
  jest.spyOn(clock, 'now').mockReturnValue(1_700_000_000_123);
  return { log: new JsonLogger({ clock, level, sink: (line) => lines.push(line) }), lines };
}

/** The one entry that `write` makes. */
function entryOf(write: (log: JsonLogger) => void): Record<string, unknown> {
  const { log, lines } = logger();
  write(log);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/[\n\r\u0085\u2028\u2029]/);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

describe('JsonLogger', () => {
  it('writes one JSON object per entry with time, level, message and fields', () => {
    expect(entryOf((log) => log.info('ready', { port: 7070, host: '127.0.0.1' }))).toEqual({
      time: '2023-11-14T22:13:20.123Z',
      level: 'info',
      message: 'ready',
      port: 7070,
      host: '127.0.0.1',
    });
  });

  it('drops what lies below its level', () => {
    const { log, lines } = logger('warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => (JSON.parse(line) as { message: string }).message)).toEqual(['c', 'd']);
  });

  it('adds the fields of a child logger, and lets an entry override them', () => {
    const { log, lines } = logger();
    const child = log.child({ requestId: 'r1', part: 'a' }).child({ part: 'b' });
    child.info('one');
    child.info('two', { requestId: 'r2' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ requestId: 'r1', part: 'b' });
    expect(JSON.parse(lines[1] ?? '')).toMatchObject({ requestId: 'r2', part: 'b' });
  });

  it('keeps one line and its own names when message and fields try otherwise', () => {
    const entry = entryOf((log) => log.info('a\nb\u2028c', { level: 'forged', message: 'x\r\ny', __proto__x: 1 }));
    expect(entry).toMatchObject({ level: 'info', level_: 'forged', message: 'a\nb\u2028c', message_: 'x\r\ny' });
  });

  it.each([
    ['secretAccessKey', SECRET],
    ['SECRET_ACCESS_KEY', SECRET],
    ['x-secret', SECRET],
    ['token', SECRET],
    ['bearerToken', SECRET],
    ['password', SECRET],
    ['authorization', `AWS4-HMAC-SHA256 ${SECRET}`],
    ['signature', SECRET],
    ['plaintext', SECRET],
    ['keyMaterial', { nested: SECRET }],
    ['privateKey', SECRET],
    ['hsmPin', SECRET],
    ['pin', 123456],
    ['cookie', [SECRET]],
  ])('prints no value of a field named %s (R-2)', (name, value) => {
    const deep = entryOf((log) => log.error('x', { [name]: value, inner: [{ [name]: value }] }));
    expect(JSON.stringify(deep)).not.toContain(SECRET);
    expect(deep[name]).toBe('[redacted]');
  });

  it.each([
    'signatureAlgorithm',
    'tokenId',
    'plaintextLength',
    'materialReference',
    'key',
    'keyId',
    'accessKeyId',
    'spin',
  ])('prints a field named %s, which is about a key and no secret', (name) => {
    expect(entryOf((log) => log.info('x', { [name]: 'value' }))[name]).toBe('value');
  });

  it('prints only the length of bytes and of secret bytes, wherever they are (R-2)', () => {
    const bytes = Buffer.from(SECRET);
    const entry = entryOf((log) =>
      log.info('x', {
        bytes,
        list: [new Uint8Array(bytes)],
        held: SecretBytes.copyOf(bytes),
        raw: new Uint8Array(4).buffer,
      }),
    );
    expect(entry['bytes']).toBe(`[${bytes.length} bytes]`);
    expect(entry['list']).toEqual([`[${bytes.length} bytes]`]);
    expect(entry['held']).toBe(`[secret ${bytes.length} bytes]`);
    expect(entry['raw']).toBe('[4 bytes]');
    expect(JSON.stringify(entry)).not.toContain(bytes.toString('base64'));
  });

  it('takes credentials out of texts that quote them (R-2)', () => {
    const texts = [
      `Authorization: Bearer ${SECRET}`,
      `AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=${SECRET}`,
      `https://host/?X-Amz-Signature=${SECRET}&x=1`,
      `-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY-----`,
      `-----BEGIN PRIVATE KEY-----\n${SECRET}`,
    ];
    for (const text of texts) {
      const entry = entryOf((log) => log.error(text, { text, error: new Error(text, { cause: new Error(text) }) }));
      expect(JSON.stringify(entry)).not.toContain(SECRET);
    }
  });

  it('prints an error with name, message, plain fields and cause; with its stack at level error only', () => {
    const error = Object.assign(new TypeError('bad', { cause: new Error('why') }), {
      code: 'E1',
      token: SECRET,
      request: { body: SECRET },
    });
    const entry = entryOf((log) => log.error('failed', { error }));
    expect(entry['error']).toMatchObject({ name: 'TypeError', message: 'bad', code: 'E1', token: '[redacted]' });
    expect(entry['error']).toHaveProperty('stack');
    expect(entry['error']).toHaveProperty('cause.message', 'why');
    expect(entry['error']).not.toHaveProperty('request');
    expect(entryOf((log) => log.warn('failed', { error }))['error']).not.toHaveProperty('stack');
  });

  it('survives cycles, depth, size, getters that throw and values that JSON does not know', () => {
    const cyclic: Record<string, unknown> = { name: 'a' };
    cyclic['self'] = cyclic;
    const deep = Array.from({ length: 50 }).reduce<unknown>((inner) => ({ inner }), 'bottom');
    const thrower = {
      get x(): string {
        throw new Error('no');
      },
    };
    const entry = entryOf((log) =>
      log.info('x', {
        cyclic,
        deep,
        thrower,
        long: 'y'.repeat(100_000),
        many: Array.from({ length: 10_000 }, (_, i) => i),
        big: 10n ** 30n,
        nan: Number.NaN,
        map: new Map([['token', SECRET]]),
        set: new Set([1]),
        date: new Date(0),
        fn: () => SECRET,
        symbol: Symbol('s'),
        nothing: null,
        missing: undefined,
      }),
    );
    expect(entry).toMatchObject({
      cyclic: { name: 'a', self: '[circular]' },
      thrower: '[unreadable]',
      big: '1000000000000000000000000000000',
      nan: 'NaN',
      map: { token: '[redacted]' },
      set: [1],
      date: '1970-01-01T00:00:00.000Z',
      fn: '[function]',
      symbol: '[symbol]',
      nothing: null,
    });
    expect(entry).not.toHaveProperty('missing');
    expect(JSON.stringify(entry['deep'])).toContain('[too deep]');
    expect(JSON.stringify(entry).length).toBeLessThan(12_000);
  });

  it('keeps the sentence when the fields cannot be read at all, and never throws when the sink does', () => {
    const fields = {
      get a(): string {
        throw new Error('no');
      },
    };
    expect(entryOf((log) => log.warn('kept', fields))).toMatchObject({ message: 'kept', fields: '[unreadable]' });

    const broken = new JsonLogger({
      clock: new SystemClock(),
      level: 'info',
      sink: () => {
        throw new Error('gone');
      },
    });
    expect(() => broken.error('x')).not.toThrow();
  });
});
