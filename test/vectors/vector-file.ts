import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What Wycheproof says of a case. `acceptable`: legal or legacy input that an implementation may take or refuse. */
export type Expected = 'valid' | 'invalid' | 'acceptable';

/** A case or a group: fields by name, hexadecimal where they are bytes. */
export type Fields = Readonly<Record<string, unknown>>;

export interface VectorCase {
  readonly tcId: number;
  readonly result: Expected;
  readonly fields: Fields;
  readonly group: Fields;
}

/** The folder of the vectors, if it is there: they are another project's data and never copied into this repository. */
export function vectorFolder(): string | undefined {
  const folder = process.env['WYCHEPROOF_DIR'] ?? resolve(process.cwd(), '..', 'shared', 'vectors', 'wycheproof');
  return existsSync(folder) ? folder : undefined;
}

/** All cases of one file, in order. @throws Error if the file has not the form of Wycheproof's */
export function readCases(folder: string, file: string): VectorCase[] {
  const groups = list(object(JSON.parse(readFileSync(join(folder, file), 'utf8')))['testGroups']);
  return groups.flatMap((group) =>
    list(object(group)['tests']).map((test) => {
      const fields = object(test);
      const { tcId, result } = fields;
      if (typeof tcId !== 'number' || (result !== 'valid' && result !== 'invalid' && result !== 'acceptable')) {
        throw new Error(`${file}: a case without tcId or result`);
      }
      return { tcId, result, fields, group: object(group) };
    }),
  );
}

/** A field of bytes. @throws Error if it is missing */
export function bytes(fields: Fields, name: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text(fields, name), 'hex'));
}

/** A field of text. @throws Error if it is missing */
export function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`no text in field ${name}`);
  return value;
}

export function number(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number') throw new Error(`no number in field ${name}`);
  return value;
}

function object(value: unknown): Fields {
  if (value === null || typeof value !== 'object') throw new Error('not an object');
  return value as Fields;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('not a list');
  return value;
}
