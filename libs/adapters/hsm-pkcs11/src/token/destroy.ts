import type { Material } from '@claviger/ports';
import { tombstoneLabelOf } from './description.js';
import { Absent, isStaleHandle } from './failure.js';
import { belongsElsewhere, type KeptObject, keptUnder } from './objects.js';
import type { TokenSession } from './session.js';

/**
 * First half of a destruction: from now on the reference can neither be made nor used, on any node. The mark is kept on the token
 * itself, beside the keys, so that it is as durable as they are and no restored backup of ours lacks it.
 *
 * @throws Absent when the reference belongs to other material: nothing is marked then. Lost
 */
export function condemn(session: TokenSession, material: Material): void {
  const label = tombstoneLabelOf(material.reference);
  if (!session.hasData(label)) {
    const objects = keptUnder(session, material.reference);
    const elsewhere = objects.some((object) => object.isKey && belongsElsewhere(session, material, object, objects));
    if (elsewhere) throw new Absent('it belongs to other material');
    session.requireAlive();
    const { reference, keyId, version, spec, usage } = material;
    session.keepData(label, JSON.stringify({ reference, keyId, version, spec, usage }));
  }
}

/**
 * Second half, once no thread holds the key's handle any more: a module may give the number of a destroyed object to a new one.
 * @throws Lost when the token does not show that all is gone
 */
export function erase(session: TokenSession, material: Material): void {
  for (let left = keptUnder(session, material.reference); left.length > 0; ) {
    for (const object of [...left.filter(isKey), ...left.filter((each) => !each.isKey)]) destroyOne(session, object);
    left = keptUnder(session, material.reference);
  }
  session.requireAlive();
}

const isKey = (object: KeptObject): boolean => object.isKey;

function destroyOne(session: TokenSession, object: KeptObject): void {
  try {
    session.destroyObject(object.handle);
  } catch (error) {
    if (!isStaleHandle(error)) throw error; // by another process
  }
}
