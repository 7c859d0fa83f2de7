import type { Hsm } from '@claviger/ports';
import { SPEC_FACTS } from '@claviger/domain';

/** What SoftHSM 2.6 does: all but XChaCha20-Poly1305, OAEP with SHA-256, and Ed25519ph. */
export const softHsmOffers: Hsm['supports'] = (spec, usage, algorithm) => {
  const { usages, encryption, signing, mac } = SPEC_FACTS[spec];
  if (spec === 'XCHACHA20_POLY1305' || !usages.includes(usage)) return false;
  if (algorithm === undefined) return true;
  if (algorithm === 'RSAES_OAEP_SHA_256' || algorithm === 'ED25519_PH_SHA_512') return false;
  const all = { ENCRYPT_DECRYPT: encryption, SIGN_VERIFY: signing, GENERATE_VERIFY_MAC: mac }[usage];
  return (all as readonly string[]).includes(algorithm);
};
