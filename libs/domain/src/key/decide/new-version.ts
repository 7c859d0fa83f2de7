import { KmsError } from '../../errors.js';
import { type KeySpec, SPEC_FACTS } from '../attributes.js';
import type { KeyContext } from '../commands.js';
import type { VersionMaterial } from '../events.js';
import { assertMadeThere } from '../protection.js';
import type { KeyState } from '../state.js';
import { publicPart } from './create.js';

export type NewVersion =
  | { readonly kind: 'material'; readonly version: number }
  | { readonly kind: 'made'; readonly version: number; readonly material: VersionMaterial };

/**
 * The next version: asked for on the first decision, in hand on the second. Its number lies above the last one and above what the anchor
 * knows, so that a restored log never gives a number out twice. The second decision takes the number that the material was made for,
 * since the mark has been raised in between.
 */
export function newVersion(key: KeyState, spec: KeySpec, context: KeyContext): NewVersion {
  const { material } = context;
  if (material === undefined) return { kind: 'material', version: Math.max(key.lastVersion, context.versionMark) + 1 };
  const version = material.version;
  if (!(version > key.lastVersion)) {
    throw new KmsError(
      'Internal',
      `Key material was made for version ${version}; ${key.arn} has ${key.lastVersion} already.`,
    );
  }
  assertMadeThere(material.token, key.token);
  return { kind: 'made', version, material: publicPart(material, version, spec) };
}

/**
 * another algorithm inside the family, under the same usage, and only one that takes every algorithm name that clients of the key
 * use now: AES and XChaCha20 among each other, RSA sizes; not another HMAC or another curve with its own signature algorithm.
 * Which specs are strong enough is a matter of policy, not of legality.
 */
export function specOfNext(key: KeyState, asked: KeySpec | null, operation: string): KeySpec {
  if (asked === null || asked === key.spec) return key.spec;
  const now = SPEC_FACTS[key.spec];
  const next = SPEC_FACTS[asked];
  const algorithms = (facts: typeof now): readonly string[] => [...facts.encryption, ...facts.signing, ...facts.mac];
  const keepsAll = algorithms(now).every((algorithm) => algorithms(next).includes(algorithm));
  if (now.family !== next.family || !next.usages.includes(key.usage) || !keepsAll) {
    throw new KmsError('Validation', `${key.arn} has KeySpec ${key.spec} and cannot continue with KeySpec ${asked}.`, {
      resource: key.arn,
      operation,
      argument: 'spec',
    });
  }
  return asked;
}
