// ECDSA signatures as (r, s): the DER form of RFC 3279 section 2.2.3, and the fixed-length form of IEEE P1363.

export interface RS {
  readonly r: bigint;
  readonly s: bigint;
}

/** Fixed-length form: two halves, big-endian. */
export function fromP1363(signature: Uint8Array): RS {
  const half = signature.length / 2;
  return { r: toBigInt(signature.subarray(0, half)), s: toBigInt(signature.subarray(half)) };
}

export function toP1363({ r, s }: RS, scalarLength: number): Uint8Array {
  return Buffer.from(hex(r, scalarLength) + hex(s, scalarLength), 'hex');
}

export function toDer({ r, s }: RS): Uint8Array {
  const body = Buffer.concat([derInteger(r), derInteger(s)]);
  // P-521 needs up to 139 bytes: the long form of one byte.
  const header = body.length < 0x80 ? [0x30, body.length] : [0x30, 0x81, body.length];
  return Buffer.concat([Uint8Array.from(header), body]);
}

/** Strict DER: shortest lengths, shortest positive integers, nothing after them; `undefined` otherwise. */
export function fromDer(signature: Uint8Array): RS | undefined {
  const long = signature[1] === 0x81;
  const start = long ? 3 : 2;
  const length = signature[start - 1];
  if (signature[0] !== 0x30 || length === undefined || signature.length !== start + length) return undefined;
  if (long ? length < 0x80 : length >= 0x80) return undefined;
  const r = readInteger(signature, start);
  if (r === undefined) return undefined;
  const s = readInteger(signature, r.end);
  return s === undefined || s.end !== signature.length ? undefined : { r: r.value, s: s.value };
}

function readInteger(bytes: Uint8Array, at: number): { value: bigint; end: number } | undefined {
  const length = bytes[at + 1];
  if (bytes[at] !== 0x02 || length === undefined || length === 0 || length >= 0x80) return undefined;
  const start = at + 2;
  const end = start + length;
  const first = bytes[start];
  const second = bytes[start + 1];
  if (end > bytes.length || first === undefined || first >= 0x80) return undefined; // cut short, or negative
  if (first === 0 && length > 1 && (second === undefined || second < 0x80)) return undefined; // needless zero
  return { value: toBigInt(bytes.subarray(start, end)), end };
}

function derInteger(value: bigint): Uint8Array {
  const digits = value.toString(16);
  const even = digits.length % 2 === 0 ? digits : `0${digits}`;
  const magnitude = Buffer.from(even, 'hex');
  const positive = (magnitude[0] ?? 0) >= 0x80 ? Buffer.concat([Uint8Array.of(0), magnitude]) : magnitude;
  return Buffer.concat([Uint8Array.of(0x02, positive.length), positive]);
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function hex(value: bigint, length: number): string {
  return value.toString(16).padStart(2 * length, '0');
}
