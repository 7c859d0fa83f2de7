import { PassThrough } from 'node:stream';
import { type Keyboard, secretReader } from './typed.js';

/** A terminal whose keys the test presses. */
class FakeTerminal extends PassThrough {
  isTTY = true;
  raw: boolean[] = [];
  setRawMode(mode: boolean): this {
    this.raw.push(mode);
    return this;
  }
}

function rig(terminal = true): { keys: FakeTerminal; shown: () => string; read: (prompt: string) => Promise<string> } {
  const keys = new FakeTerminal();
  keys.isTTY = terminal;
  let shown = '';
  const read = secretReader(keys as unknown as Keyboard, { write: (text) => (shown += text) });
  return { keys, shown: () => shown, read };
}

describe('a secret at a terminal', () => {
  it('is read without being shown, with what was taken back left out', async () => {
    const { keys, shown, read } = rig();
    const secret = read('Passphrase');
    keys.write('geheimü\u007f\u007fß ');
    keys.write('\r');
    expect(await secret).toBe('geheiß ');
    expect([shown(), keys.raw]).toEqual(['Passphrase: \n', [true, false]]);
  });

  it('is asked for again and again, each by itself', async () => {
    const { keys, read } = rig();
    const first = read('one');
    keys.write('a\n');
    expect(await first).toBe('a');
    const second = read('two');
    keys.write('b\n');
    expect(await second).toBe('b');
  });

  it('is left with Ctrl-C, and the terminal is as it was', async () => {
    const { keys, read } = rig();
    const secret = read('Passphrase');
    keys.write('abc\u0003');
    await expect(secret).rejects.toThrow('Left.');
    expect(keys.raw).toEqual([true, false]);
  });
});

describe('a secret from a pipe', () => {
  it('is one line after the other, until there is none', async () => {
    const { keys, read, shown } = rig(false);
    keys.end('present one\r\nthe next one\n');
    expect([await read('a'), await read('b')]).toEqual(['present one', 'the next one']);
    await expect(read('c')).rejects.toThrow(/no \(further\) line/);
    expect(shown()).toBe('');
  });

  it('is refused when there is far too much', async () => {
    const { keys, read } = rig(false);
    keys.end('x'.repeat(20_000));
    await expect(read('a')).rejects.toThrow(/too long/);
  });
});
