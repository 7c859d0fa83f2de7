import fc from 'fast-check';
import { canonicalContext, type EncryptionContext } from './canonical-context.js';
import { canonicalJson } from './canonical-json.js';

const anyString = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
  maxLength: 6,
});
/** Few letters, so that equal and nearly equal contexts come up; the marks that JSON itself uses among them. */
const closeString = fc.string({
  unit: fc.constantFrom('a', '"', '\\', ':', ',', '{', 'u', 'd', '8', '0', '\ud800'),
  maxLength: 4,
});
const context = fc.dictionary(fc.oneof(anyString, closeString), fc.oneof(anyString, closeString), { maxKeys: 3 });

describe('canonical encryption context', () => {
  it('is empty for the empty context', () => {
    expect(canonicalContext({})).toBe('');
  });

  it('does not depend on the order of insertion', () => {
    expect(canonicalContext({ tenant: 'a', app: 'b' })).toBe('{"app":"b","tenant":"a"}');
    expect(canonicalContext({ app: 'b', tenant: 'a' })).toBe('{"app":"b","tenant":"a"}');
  });

  it('equals RFC 8785 for well-formed text', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), { minKeys: 1 }),
        (value) => {
          expect(canonicalContext(value)).toBe(canonicalJson(value));
        },
      ),
    );
  });

  it('is injective, in UTF-8 too: what it stands for can be read back', () => {
    fc.assert(
      fc.property(context, (value) => {
        const bytes = Buffer.from(canonicalContext(value), 'utf8').toString('utf8');
        const readBack = bytes === '' ? {} : (JSON.parse(bytes) as EncryptionContext);
        expect(sorted(readBack)).toEqual(sorted(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('differs for any two contexts that differ', () => {
    fc.assert(
      fc.property(context, context, (one, other) => {
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(canonicalContext(one) === canonicalContext(other)).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps lone surrogates apart, which UTF-8 alone would merge', () => {
    expect(canonicalContext({ a: '\ud800' })).not.toBe(canonicalContext({ a: '\ud801' }));
    expect(canonicalContext({ a: '\ud800' })).not.toBe(canonicalContext({ a: '\\ud800' }));
  });

  it('refuses values that are no strings', () => {
    expect(() => canonicalContext({ a: 1 } as unknown as EncryptionContext)).toThrow(TypeError);
  });
});

function sorted(value: EncryptionContext): (readonly [string, string])[] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
