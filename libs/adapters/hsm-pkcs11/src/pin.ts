import { readFileSync, statSync } from 'node:fs';
import { SecretBytes } from '@claviger/crypto';
import { Pkcs11SettingsError } from './settings-error.js';

/** A PIN, or a file that holds it: its first line, read at every login, so that a new PIN needs no restart. */
export type PinSource = SecretBytes | { readonly file: string };

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Others may neither read nor write it; the group may read it, as the secrets of orchestrators have it. */
const FOR_OTHERS = 0o027;

/**
 * The PIN now. The caller wipes it.
 * @throws Pkcs11SettingsError when there is none, or others may read it
 */
export function readPin(source: PinSource): SecretBytes {
  if (source instanceof SecretBytes) return source.use((bytes) => SecretBytes.copyOf(bytes));
  const { file } = source;
  let content: Uint8Array;
  try {
    const { mode } = statSync(file);
    if (process.platform !== 'win32' && (mode & FOR_OTHERS) !== 0) {
      throw new Pkcs11SettingsError(
        'pin',
        `the PIN file ${file} is open to others: mode 0${(mode & 0o777).toString(8)}, expected 0600`,
      );
    }
    content = readFileSync(file);
  } catch (error) {
    if (error instanceof Pkcs11SettingsError) throw error;
    throw new Pkcs11SettingsError('pin', `the PIN file ${file} cannot be read`, { cause: error });
  }
  const end = content.indexOf(NEWLINE);
  let line = end < 0 ? content : content.subarray(0, end);
  if (line.at(-1) === CARRIAGE_RETURN) line = line.subarray(0, -1);
  const pin = SecretBytes.copyOf(line);
  content.fill(0);
  if (pin.length === 0) throw new Pkcs11SettingsError('pin', `the PIN file ${file} is empty`);
  return pin;
}
