import { KeyVersionsQuery } from '@claviger/application';
import type { VersionState } from '@claviger/domain';
import { readKeyOnly } from '../identifiers/key-id.js';
import type { OperationOutputs } from '../model/outputs.js';
import { pageSize } from '../model/page-size.js';
import type { Operation } from './operation.js';
import { invalidMarker, pageMembers, pageOf, readMarker } from './paging.js';
import { assertRotatable } from './rotation.js';

type Entry = NonNullable<OperationOutputs['ListKeyRotations']['Rotations']>[number];

/** Versions that are or were in use, oldest first; the first one, which no rotation made, only with ALL_KEY_MATERIAL. */
export const listKeyRotations: Operation<'ListKeyRotations'> = async (call, input, { queries }) => {
  const after = Number(readMarker('ListKeyRotations', input.Marker));
  if (!Number.isSafeInteger(after)) {
    throw invalidMarker('ListKeyRotations');
  }
  const key = readKeyOnly(input.KeyId, call.region);
  const { attributes, versions } = await queries.execute(new KeyVersionsQuery(call, key));
  assertRotatable(attributes, call.operation);
  const all = input.IncludeKeyMaterial === 'ALL_KEY_MATERIAL';
  const listed = versions
    .map(({ state }) => state)
    .filter((version) => version.activatedAt !== null && (all || isRotation(version)));
  const { page, next } = pageOf(
    listed,
    (version) => version.version > after,
    pageSize('ListKeyRotations', input.Limit),
    (version) => String(version.version),
  );
  return {
    Rotations: page.map((version) => entryOf(attributes.keyId, version, version.version === attributes.activeVersion)),
    ...pageMembers('ListKeyRotations', next),
  };
};

const isRotation = ({ trigger }: VersionState): boolean => trigger !== null;

function entryOf(keyId: string, version: VersionState, current: boolean): Entry {
  const { material, activatedAt, trigger } = version;
  return {
    KeyId: keyId,
    KeyMaterialId: material.fingerprint,
    KeyMaterialState: current ? 'CURRENT' : 'NON_CURRENT',
    RotationDate: isRotation(version) && activatedAt !== null ? new Date(activatedAt) : undefined,
    RotationType: rotationType(trigger),
  };
}

/** Nobody asks for the rotation that the number of uses makes necessary. */
function rotationType(trigger: VersionState['trigger']): Entry['RotationType'] {
  switch (trigger) {
    case null:
      return undefined;
    case 'automatic':
    case 'use_limit':
      return 'AUTOMATIC';
    case 'on_demand':
    case 'staged':
    case 'compromise':
      return 'ON_DEMAND';
  }
}
