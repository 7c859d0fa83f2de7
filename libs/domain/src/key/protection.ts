import { KmsError } from '../errors.js';
import { type KeyAlgorithm, PROTECTION_LEVELS, type ProtectionLevel, type TokenName } from './attributes.js';
import { quoted } from './checks.js';
import type { MaterialToken, VersionMaterial } from './events.js';
import { invalid } from './refusals.js';

export const protectionOf = ({ token }: Pick<VersionMaterial, 'token'>): ProtectionLevel =>
  token === null ? 'SOFTWARE' : 'HSM';

export const isSameToken = (a: TokenName | null, b: TokenName | null): boolean =>
  a === null || b === null ? a === b : a.label === b.label && a.serial === b.serial;

/** Does the device that has the material do this? What the spec offers at all is another question. */
export const tokenOffers = (token: MaterialToken | null, algorithm: KeyAlgorithm): boolean =>
  token === null || !token.lacks.includes(algorithm);

/** As reserved tags name them. */
const LEVEL_OF_TAG: ReadonlyMap<string, ProtectionLevel> = new Map([
  ['software', 'SOFTWARE'],
  ['hsm', 'HSM'],
]);
export const protectionOfTag = (value: string): ProtectionLevel | undefined => LEVEL_OF_TAG.get(value);
export const tagOfProtection = (level: ProtectionLevel): string => level.toLowerCase();

export function checkProtectionLevel(level: string): void {
  if (!PROTECTION_LEVELS.some((known) => known === level)) {
    throw invalid('protectionLevel', PROTECTION_LEVELS.join(' or '), quoted(level));
  }
}

/** Material stays with its device over all versions; anything else is a fault of ours. */
export function assertMadeThere(made: MaterialToken | null, wanted: TokenName | null): void {
  if (isSameToken(made, wanted)) return;
  const named = (token: TokenName | null): string => (token === null ? 'in software' : `in token ${token.label}`);
  throw new KmsError('Internal', `Key material was made ${named(made)}, asked for was material ${named(wanted)}.`);
}
