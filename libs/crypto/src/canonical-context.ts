/** An encryption context: non-secret names and values bound to a ciphertext as additional authenticated data. */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * The one text of an encryption context, used as additional data and in the audit entry: a JSON object with its members sorted by
 * UTF-16 code units, equal to RFC 8785 for well-formed Unicode; the empty context is the empty text. Injective and total: a lone
 * surrogate, which RFC 8785 refuses, stays distinct in its escaped form, so no two contexts share a text.
 *
 * @throws TypeError if a value is not a string
 */
export function canonicalContext(context: EncryptionContext): string {
  const names = Object.keys(context);
  if (names.length === 0) return '';
  if (names.length > 1) names.sort();
  let text = '';
  for (const name of names) {
    const value: unknown = context[name];
    if (typeof value !== 'string') throw new TypeError('an encryption context holds strings only');
    text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return `${text}}`;
}
