/** Turns data of one schema version into data of the next; what does not have the form of the old one goes on as it is. */
export type Upcaster = (data: unknown) => unknown;

/** Changes one member of a record; anything else, a member that is null too, is left alone. */
const inMember =
  (name: string, change: (member: object) => object): Upcaster =>
  (data) => {
    if (typeof data !== 'object' || data === null || !Object.hasOwn(data, name)) return data;
    const member: unknown = Reflect.get(data, name);
    return typeof member === 'object' && member !== null ? { ...data, [name]: change(member) } : data;
  };

/** Before version 2 all material was the sealed store's. */
const materialInSoftware = inMember('material', (material) => ({ ...material, token: null }));

/** Before version 2 no account asked for tokens. */
const defaultsInSoftware = inMember('defaults', (defaults) => ({ ...defaults, protectionLevel: 'SOFTWARE' }));

/**
 * The way of old data to the present form: entry 0 takes version 1 to 2, and so on. An event type without a row is at version 1.
 * A new schema version is one more upcaster here, the changed shape, and a new fixture; old fixtures stay.
 */
export const UPCASTERS: ReadonlyMap<string, readonly Upcaster[]> = new Map([
  ['KeyCreated', [materialInSoftware]],
  ['VersionRotated', [materialInSoftware]],
  ['VersionStaged', [materialInSoftware]],
  ['AccountCreated', [defaultsInSoftware]],
  ['AccountDefaultsChanged', [defaultsInSoftware]],
]);
