import type { ReadStream } from 'node:tty';
import { Failure } from '../failure.js';

const [END_OF_TEXT, END_OF_TRANSMISSION, BACKSPACE, LINE_FEED, CARRIAGE_RETURN, DELETE] = [3, 4, 8, 10, 13, 127];
const LONGEST = 4_096;

/** A terminal, or whatever is in its place. */
export type Keyboard = Pick<ReadStream, 'on' | 'off' | 'resume' | 'pause' | 'isTTY' | 'setRawMode'> &
  AsyncIterable<Uint8Array | string>;

/**
 * Reads secrets: from a terminal what is typed, without showing it; from a pipe or file one line after the other. Never from arguments,
 * which every user of the machine can see.
 */
export function secretReader(
  stdin: Keyboard,
  stderr: { write(text: string): unknown },
): (prompt: string) => Promise<string> {
  let lines: Promise<string[]> | undefined;
  return async (prompt) => {
    if (stdin.isTTY) return typed(stdin, stderr, prompt);
    const left = await (lines ??= linesOf(stdin));
    const line = left.shift();
    if (line === undefined)
      throw new Failure('The secret was to come from the standard input, which has no (further) line.');
    return line;
  };
}

async function linesOf(stdin: AsyncIterable<Uint8Array | string>): Promise<string[]> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stdin) {
    parts.push(Buffer.from(part));
    length += part.length;
    if (length > 4 * LONGEST) throw new Failure('The standard input is too long for a secret.');
  }
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/);
}

function typed(stdin: Keyboard, stderr: { write(text: string): unknown }, prompt: string): Promise<string> {
  stderr.write(`${prompt}: `);
  stdin.setRawMode(true);
  return new Promise((resolve, reject) => {
    const bytes: number[] = [];
    const end = (how: () => void): void => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
      how();
      bytes.fill(0);
    };
    const take = (data: Uint8Array): void => {
      for (const byte of Buffer.from(data)) {
        if (byte === END_OF_TEXT) return end(() => reject(new Failure('Left.')));
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === END_OF_TRANSMISSION) {
          return end(() => resolve(Buffer.from(bytes).toString('utf8')));
        }
        if (byte === BACKSPACE || byte === DELETE) takeBack(bytes);
        else if (byte >= 0x20 && bytes.length < LONGEST) bytes.push(byte);
      }
    };
    stdin.on('data', take);
    stdin.resume();
  });
}

/** One character, which may be several bytes of UTF-8. */
function takeBack(bytes: number[]): void {
  while (bytes.length > 0 && ((bytes.pop() ?? 0) & 0xc0) === 0x80);
}
