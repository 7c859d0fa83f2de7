const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;
const MAX_TEXT = 8192;

// Compared with the name in lower case without separators: secretAccessKey, SECRET_KEY and x-secret alike.
const SECRET_NAME =
  /secret|token|passw|passphrase|authorization|credential|signature|plaintext|material|privatekey|rootkey|apikey|cookie|(^|user|officer|hsm|token|pkcs11)pin$/;
// What is about a secret is none: signatureAlgorithm, tokenId, plaintextLength.
const HARMLESS_NAME = /(algorithm|id|ids|length|count|size|reference|state|version|kind)$/;

// Secrets that came into a text, an error's message most of all.
const SECRET_TEXT: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/\b(Bearer|Basic) +[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  [/\b(Signature|X-Amz-Signature|X-Amz-Security-Token)=[^\s,&"']+/gi, `$1=${REDACTED}`],
];

/** Does a field of this name hold a secret? */
function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return SECRET_NAME.test(plain) && !HARMLESS_NAME.test(plain);
}

/** `text` without the secrets that can be told by their form, cut to 8,192 characters. */
export function redactText(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}[… ${text.length} characters]` : text;
  return SECRET_TEXT.reduce((current, [pattern, replacement]) => current.replace(pattern, replacement), short);
}

/**
 * A copy of `value` that JSON can take and a log may show. Fields with a secret's name become "[redacted]", byte arrays
 * their length, errors {name, message, their own plain fields, cause, stack when `withStacks`}. Total: cycles, getters that throw, depth and
 * size beyond the limits become short notes.
 */
export function redact(value: unknown, withStacks: boolean): unknown {
  return copy(value, { withStacks, path: [] });
}

interface Walk {
  readonly withStacks: boolean;
  /** The objects that lead here. */
  readonly path: readonly object[];
}

function copy(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return value.toString();
    case 'boolean':
    case 'undefined':
      return value;
    case 'symbol':
    case 'function':
      return `[${typeof value}]`;
    case 'object':
      if (value === null) return null;
      try {
        return copyObject(value, walk);
      } catch {
        return '[unreadable]';
      }
  }
}

function copyObject(value: object, walk: Walk): unknown {
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return `[${value.byteLength} bytes]`;
  if (walk.path.includes(value)) return '[circular]';
  if (walk.path.length >= MAX_DEPTH) return '[too deep]';
  const inner: Walk = { withStacks: walk.withStacks, path: [...walk.path, value] };

  if (value instanceof Error) return copyError(value, inner);
  if (Array.isArray(value)) return copyList(value, inner);
  if (value instanceof Set) return copyList([...value], inner);
  if (value instanceof Map)
    return copyEntries(
      [...value].map(([name, item]) => [String(name), item]),
      inner,
    );
  // Dates, URLs, and whatever hides its own secrets (SecretBytes).
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = Reflect.apply(value.toJSON, value, []);
    return json === value ? copyEntries(Object.entries(value), inner) : copy(json, inner);
  }
  return copyEntries(Object.entries(value), inner);
}

function copyError(error: Error, walk: Walk): unknown {
  const fields: [string, unknown][] = [
    ['name', error.name],
    ['message', error.message],
  ];
  // A system error's code, a KmsError's kind. Objects stay out: an SDK hangs whole requests on its errors.
  for (const [name, item] of Object.entries(error)) {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') fields.push([name, item]);
  }
  if (error.cause !== undefined) fields.push(['cause', error.cause]);
  if (error instanceof AggregateError) fields.push(['errors', error.errors]);
  if (walk.withStacks && error.stack !== undefined) fields.push(['stack', error.stack]);
  return copyEntries(fields, walk);
}

function copyList(items: readonly unknown[], walk: Walk): unknown[] {
  const kept = items.slice(0, MAX_ITEMS).map((item) => copy(item, walk));
  if (items.length > MAX_ITEMS) kept.push(`[… ${items.length} items]`);
  return kept;
}

function copyEntries(entries: readonly (readonly [string, unknown])[], walk: Walk): Record<string, unknown> {
  // Without a prototype a field named __proto__ is a field like any other.
  const result = Object.create(null) as Record<string, unknown>;
  for (const [name, item] of entries.slice(0, MAX_ITEMS)) {
    result[name] = item !== null && item !== undefined && isSecretName(name) ? REDACTED : copy(item, walk);
  }
  if (entries.length > MAX_ITEMS) result['…'] = `[${entries.length} fields]`;
  return result;
}
