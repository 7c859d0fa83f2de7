/** Crockford's base32 (crockford.com/base32.html), lower case: i, l and o are read as the digits that they are taken for. */
const DIGITS = '0123456789abcdefghjkmnpqrstvwxyz';

/** Characters as bytes: a string of a secret could not be wiped. @param bytes a multiple of 5 long */
export function toBase32(bytes: Uint8Array): Uint8Array {
  if (bytes.length % 5 !== 0) throw new RangeError(`base32 takes groups of 5 bytes, got ${bytes.length}`);
  const text = new Uint8Array((bytes.length / 5) * 8);
  let at = 0;
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text[at++] = DIGITS.charCodeAt((held >> bits) & 31);
    }
    held &= (1 << bits) - 1;
  }
  return text;
}

/** The bytes, or undefined for other characters or another length than a multiple of 8. */
export function fromBase32(text: Uint8Array): Uint8Array | undefined {
  if (text.length % 8 !== 0) return undefined;
  const bytes = new Uint8Array((text.length / 8) * 5);
  let at = 0;
  let held = 0;
  let bits = 0;
  for (const character of text) {
    const value = valueOf(character);
    if (value < 0) {
      bytes.fill(0);
      return undefined;
    }
    held = (held << 5) | value;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
    held &= (1 << bits) - 1;
  }
  return bytes;
}

function valueOf(character: number): number {
  switch (character) {
    case 0x69: // i
    case 0x6c: // l
      return 1;
    case 0x6f: // o
      return 0;
    default:
      return DIGITS.indexOf(String.fromCharCode(character));
  }
}
