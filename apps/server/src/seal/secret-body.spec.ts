import fc from 'fast-check';
import { Refused } from './refusals.js';
import { membersOf, numberOf, secretOf } from './secret-body.js';

const body = (text: string): Buffer => Buffer.from(text);

describe('the body of a call to a sealed service', () => {
  it('gives its secret, and is wiped', () => {
    const bytes = body('{"passphrase":"pass phrase ü"}');
    using secret = secretOf(membersOf(bytes, ['passphrase']), 'passphrase');
    expect(secret.equals(Buffer.from('pass phrase ü'))).toBe(true);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });

  it('gives whole numbers only', () => {
    const members = membersOf(body('{"shares":5,"threshold":2.5}'), ['shares', 'threshold']);
    expect(numberOf(members, 'shares')).toBe(5);
    expect(() => numberOf(members, 'threshold')).toThrow('threshold must be a whole number.');
  });

  it.each(['', '[]', 'null', '"share"', '{}', '{"share":"x","more":1}', '{"passphrase":"x"}', '{"share":"x"'])(
    'is refused when it is %j',
    (text) => {
      expect(() => membersOf(body(text), ['share'])).toThrow('The body must be a JSON object: {"share": …}.');
    },
  );

  it.each([undefined, null, 'text', 7])('is refused when there is none: %j', (nothing) => {
    expect(() => membersOf(nothing, ['share'])).toThrow(Refused);
  });

  it.each([1, '', null, ['x'], 'x'.repeat(1025)])(
    'is refused when its secret is no text of a fair length: %j',
    (share) => {
      expect(() => secretOf({ share }, 'share')).toThrow('share must be a text of 1 to 1024 characters.');
    },
  );

  it('whatever it is, is taken or refused, and no refusal quotes it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        const marked = text.replaceAll('x', 'S3CR3T');
        try {
          secretOf(membersOf(body(marked), ['share']), 'share').wipe();
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
          expect(String(error)).not.toContain('S3CR3T');
        }
      }),
    );
  });
});
