import type { About, GeneratedMaterial, Material } from '@claviger/ports';

/** Everything known about material, bound to it as additional data; all in text. */
export function aboutOf(material: Material, made: GeneratedMaterial): About {
  return {
    keyId: material.keyId,
    version: material.version,
    spec: material.spec,
    usage: material.usage,
    publicKey: made.publicKey === undefined ? null : Buffer.from(made.publicKey).toString('base64'),
    fingerprint: Buffer.from(made.fingerprint).toString('hex'),
  };
}

/** The public part of an authenticated record, or undefined when the record is not that of `material`. */
export function describedBy(about: About, material: Material): GeneratedMaterial | undefined {
  const { keyId, version, spec, usage, publicKey, fingerprint } = about;
  if (keyId !== material.keyId || version !== material.version || spec !== material.spec || usage !== material.usage)
    return undefined;
  if (typeof fingerprint !== 'string' || (publicKey !== null && typeof publicKey !== 'string')) return undefined;
  return {
    publicKey: publicKey === null ? undefined : new Uint8Array(Buffer.from(publicKey, 'base64')),
    fingerprint: new Uint8Array(Buffer.from(fingerprint, 'hex')),
  };
}

/** Same reference, key, version, spec and usage? */
export function isSame(a: Material, b: Material): boolean {
  return (
    a.reference === b.reference &&
    a.keyId === b.keyId &&
    a.version === b.version &&
    a.spec === b.spec &&
    a.usage === b.usage
  );
}
