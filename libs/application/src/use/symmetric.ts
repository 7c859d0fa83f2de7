import { ciphertextAad, ciphertextHeader, encodeCiphertext, type ParsedCiphertext } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { Authorised } from '../access/authorised.js';
import type { HsmDevices } from '../hsm-devices.js';
import type { UseReservations } from './use-reservations.js';
import { aeadOf, materialFailure, materialOf, type UsableKey } from './road.js';

/** Seals bytes under a version in the service's own ciphertext format. @param context canonical */
export async function sealUnder(
  devices: HsmDevices,
  reservations: UseReservations,
  { subject }: Authorised<UsableKey>,
  plaintext: Uint8Array,
  context: string,
): Promise<Uint8Array> {
  const { entry, version } = subject;
  const { keyId } = entry.attributes;
  const header = ciphertextHeader({ keyId, version: version.version, algorithm: aeadOf(entry, version) });
  const aad = ciphertextAad(header, context);
  // Counted before it happens (SP 800-38D 8.3).
  const reserved = reservations.take(entry.attributes, version);
  if (reserved !== undefined) await reserved;
  try {
    return encodeCiphertext(header, await devices.use('encrypt', materialOf(subject), { plaintext, aad }));
  } catch (error) {
    throw materialFailure(entry, error);
  }
}

/** Opens what `sealUnder` made. @throws KmsError InvalidCiphertext, whatever the cause */
export async function openUnder(
  devices: HsmDevices,
  { subject }: Authorised<UsableKey>,
  parsed: ParsedCiphertext,
  context: string,
): Promise<Uint8Array> {
  const { entry, version } = subject;
  if (parsed.algorithm !== aeadOf(entry, version)) throw invalidCiphertext();
  const aad = ciphertextAad(parsed.header, context);
  const { iv, ciphertext, tag } = parsed;
  let plaintext: Uint8Array | undefined;
  try {
    plaintext = await devices.use('decrypt', materialOf(subject), { iv, ciphertext, tag, aad });
  } catch (error) {
    throw materialFailure(entry, error);
  }
  if (plaintext === undefined) throw invalidCiphertext();
  return plaintext;
}

export const invalidCiphertext = (): KmsError =>
  new KmsError('InvalidCiphertext', 'The ciphertext or its encryption context is not valid.');
