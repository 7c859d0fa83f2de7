import { KmsError } from '@claviger/domain';
import { Transform } from 'class-transformer';

const prefixes = new WeakMap<object, ReadonlyMap<string, string>>();

/** Gathers the query parameters `<name>.<key>` into one map under `<name>`: for example `context.tenant=a`. */
export const Pairs = (): PropertyDecorator => (prototype, property) => {
  if (typeof property !== 'string') throw new TypeError('a query has names of text only');
  prefixes.set(prototype, new Map([...(prefixes.get(prototype) ?? []), [`${property}.`, property]]));
  // As it was gathered: the transformer would leave out keys like `constructor`.
  Transform(({ obj }: { obj: Readonly<Record<string, unknown>> }) => obj[property])(prototype, property);
};

/**
 * @param prototype of the class whose members may be {@link Pairs}
 * @throws KmsError Validation for a key without text or given twice
 */
export function gatherPairs(prototype: object, query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = prefixes.get(prototype);
  if (known === undefined) return { ...query };
  const gathered: Record<string, unknown> = {};
  const pairs = new Map<string, Map<string, string>>();
  for (const [name, value] of Object.entries(query)) {
    const [prefix, property] = [...known].find(([start]) => name.startsWith(start)) ?? [];
    if (prefix === undefined || property === undefined) {
      if (known.has(`${name}.`)) throw malformed(`${name}.`);
      gathered[name] = value;
      continue;
    }
    const key = name.slice(prefix.length);
    if (key === '' || typeof value !== 'string') throw malformed(prefix);
    pairs.set(property, (pairs.get(property) ?? new Map<string, string>()).set(key, value));
  }
  return { ...gathered, ...Object.fromEntries(pairs) };
}

const malformed = (prefix: string): KmsError =>
  new KmsError('Validation', `${prefix}<key>=<value> must have a key, and one value for it.`, {
    argument: `${prefix}<key>`,
  });
