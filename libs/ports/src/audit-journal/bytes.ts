/** Unsigned 64-bit integers of journal and anchor files, big-endian; within 2^53, so that no bigint is made per record. */

const LIMB = 2 ** 32;

export function writeU64(target: Buffer, value: number, offset: number): number {
  target.writeUInt32BE(Math.floor(value / LIMB), offset);
  return target.writeUInt32BE(value % LIMB, offset + 4);
}

/** `undefined` above 2^53 - 1. The caller has checked that 8 bytes are there. */
export function readU64(source: Buffer, offset: number): number | undefined {
  const value = source.readUInt32BE(offset) * LIMB + source.readUInt32BE(offset + 4);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** ASCII text in a field of fixed length, filled with zeros. @throws RangeError when it does not fit or is no ASCII */
export function writeAscii(target: Buffer, text: string, offset: number, length: number): void {
  if (text.length > length) throw new RangeError(`"${text}" does not fit into ${length} bytes`);
  for (let i = 0; i < length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    if (code > 0x7f) throw new RangeError(`"${text}" is not ASCII`);
    target[offset + i] = code;
  }
}

export function readAscii(source: Buffer, offset: number, length: number): string {
  let end = offset;
  while (end < offset + length && source[end] !== 0) end++;
  return source.toString('latin1', offset, end);
}
