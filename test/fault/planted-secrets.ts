import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets that a test lets the service see, and looks for afterwards where they must never be. */
export class PlantedSecrets {
  private readonly needles: { readonly name: string; readonly form: string; readonly bytes: Buffer }[] = [];

  /** Raw, hexadecimal and base64 (without the last letters, which depend on what follows). */
  plant(name: string, secret: Uint8Array): void {
    const raw = Buffer.from(secret);
    const base64 = raw.toString('base64').replace(/=+$/, '').slice(0, -1);
    const forms = {
      raw,
      hex: Buffer.from(raw.toString('hex')),
      base64: Buffer.from(base64),
      base64url: Buffer.from(base64.replaceAll('+', '-').replaceAll('/', '_')),
    };
    for (const [form, bytes] of Object.entries(forms)) this.needles.push({ name, form, bytes });
  }

  get count(): number {
    return new Set(this.needles.map(({ name }) => name)).size;
  }

  /** Every place in these bytes where one stands. */
  findIn(where: string, haystack: Buffer): string[] {
    return this.needles
      .filter(({ bytes }) => haystack.includes(bytes))
      .map(({ name, form }) => `${name} (${form}) in ${where}`);
  }

  /** The same for every file below a folder. */
  findBelow(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .flatMap((entry) => {
        const path = join(entry.parentPath, entry.name);
        return this.findIn(path, withoutZeroTail(readFileSync(path)));
      });
  }
}

/** Journal segments are full of zeros ahead of time. */
function withoutZeroTail(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}
