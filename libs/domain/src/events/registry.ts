import type { AccountEvent } from '../account/account.js';
import type { AliasEvent } from '../alias/alias.js';
import type { KeyEvent } from '../key/events.js';
import type { OperatorEvent } from '../operator/operator.js';
import type { PrincipalEvent } from '../principal/principal.js';
import type { StreamCategory } from '../streams.js';
import type { UsesEvent } from '../uses/uses.js';
import { KEY_SHAPES, type Shapes } from './key-shapes.js';
import { ACCOUNT_SHAPES, ALIAS_SHAPES, OPERATOR_SHAPES, PRINCIPAL_SHAPES, USES_SHAPES } from './other-shapes.js';
import { UPCASTERS } from './upcasters.js';

/** Every event of an aggregate that is defined here. */
export type StoredEvent = KeyEvent | AliasEvent | UsesEvent | PrincipalEvent | AccountEvent | OperatorEvent;

/** The schemaVersion that new events of this type are stored with. */
export const schemaVersionOf = (type: StoredEvent['type']): number => presentVersion(type);

const presentVersion = (type: string): number => 1 + (UPCASTERS.get(type)?.length ?? 0);

/**
 * A stored event in its present form. Total: undefined for a type or a newer schemaVersion that this program does not know, and for data
 * of another form; the caller makes the stream unavailable and never passes the event over (DESIGN section 4).
 */
export function decodeEvent(
  category: StreamCategory,
  type: string,
  schemaVersion: number,
  data: unknown,
): StoredEvent | undefined {
  switch (category) {
    case 'key':
      return decode<KeyEvent>(KEY_SHAPES, type, schemaVersion, data);
    case 'alias':
      return decode<AliasEvent>(ALIAS_SHAPES, type, schemaVersion, data);
    case 'uses':
      return decode<UsesEvent>(USES_SHAPES, type, schemaVersion, data);
    case 'principal':
      return decode<PrincipalEvent>(PRINCIPAL_SHAPES, type, schemaVersion, data);
    case 'account':
      return decode<AccountEvent>(ACCOUNT_SHAPES, type, schemaVersion, data);
    case 'operator':
      return decode<OperatorEvent>(OPERATOR_SHAPES, type, schemaVersion, data);
    // No reservation is made yet, so none can be known.
    case 'unique':
      return undefined;
  }
}

function decode<E extends StoredEvent>(
  shapes: Shapes<E>,
  type: string,
  schemaVersion: number,
  stored: unknown,
): E | undefined {
  if (!isKnown(shapes, type) || !Number.isSafeInteger(schemaVersion) || schemaVersion < 1) return undefined;
  const present = presentVersion(type);
  if (schemaVersion > present) return undefined;
  let data = stored;
  for (const upcast of (UPCASTERS.get(type) ?? []).slice(schemaVersion - 1)) data = upcast(data);
  const event = { type, data };
  return fits(shapes, event) ? event : undefined;
}

const isKnown = <E extends StoredEvent>(shapes: Shapes<E>, type: string): type is E['type'] =>
  Object.hasOwn(shapes, type);

function fits<E extends StoredEvent>(shapes: Shapes<E>, event: { type: E['type']; data: unknown }): event is E {
  return shapes[event.type](event.data);
}

/**
 * Is an event of this type and schemaVersion from a newer version of the service than this one? What is not, and still cannot be decoded,
 * is damaged.
 */
export function isNewerEvent(category: StreamCategory, type: string, schemaVersion: number): boolean {
  return EVENT_TYPES[category]?.includes(type) !== true || schemaVersion > presentVersion(type);
}

/** All event types per kind of stream, for checks that none was forgotten. */
export const EVENT_TYPES: Readonly<Partial<Record<StreamCategory, readonly string[]>>> = {
  key: Object.keys(KEY_SHAPES),
  alias: Object.keys(ALIAS_SHAPES),
  uses: Object.keys(USES_SHAPES),
  principal: Object.keys(PRINCIPAL_SHAPES),
  account: Object.keys(ACCOUNT_SHAPES),
  operator: Object.keys(OPERATOR_SHAPES),
};
