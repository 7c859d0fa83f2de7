import fc from 'fast-check';
import { decodeBase64 } from './scalars.js';
import { parseBody, readAnyInput, readInput } from './validate.js';

const message = (operation: string, body: object): string | undefined => {
  const result = readAnyInput(operation, body);
  return result.ok ? undefined : result.error.message;
};

describe('readInput', () => {
  it('speaks the recorded sentences', () => {
    expect(message('DescribeKey', {})).toBe(
      "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null",
    );
    expect(message('GenerateRandom', { NumberOfBytes: 1025 })).toBe(
      "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: " +
        'Member must have value less than or equal to 1024',
    );
    const Plaintext = Buffer.alloc(4097).toString('base64');
    expect(message('Encrypt', { KeyId: 'alias/a', Plaintext })).toBe(
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: " +
        'Member must have length less than or equal to 4096. Encrypt larger data with a data key (GenerateDataKey).',
    );
    expect(message('GenerateDataKey', { KeyId: 'alias/a', KeySpec: 'X' })).toBe(
      "1 validation error detected: Value 'X' at 'keySpec' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [AES_256, AES_128]',
    );
    expect(message('GetKeyPolicy', { KeyId: 'a', PolicyName: 'a b' })).toBe(
      "1 validation error detected: Value 'a b' at 'policyName' failed to satisfy constraint: " +
        'Member must satisfy regular expression pattern: [\\w]+',
    );
    const long = 'k'.repeat(129);
    expect(message('TagResource', { KeyId: 'a', Tags: [{ TagKey: long, TagValue: '' }] })).toBe(
      `1 validation error detected: Value '${long}' at 'tags.1.member.tagKey' failed to satisfy constraint: ` +
        'Member must have length less than or equal to 128',
    );
  });

  it('counts several violations in one sentence, in the order of the model', () => {
    expect(message('Sign', { KeyId: '', SigningAlgorithm: 'X', MessageType: 'RAW' })).toMatch(
      /^3 validation errors detected: Value '' at 'keyId' .* equal to 1; Value null at 'message' .* null; Value 'X' at 'signingAlgorithm' /,
    );
  });

  it('ignores unknown members and takes null as absent', () => {
    const body = { KeyId: 'alias/a', Plaintext: 'aGk=', Unknown: [{ deep: 1 }], DryRun: null, GrantTokens: null };
    const result = readInput('Encrypt', body);
    expect(result).toEqual({
      ok: true,
      input: {
        KeyId: 'alias/a',
        Plaintext: Buffer.from('hi'),
        EncryptionContext: undefined,
        GrantTokens: undefined,
        EncryptionAlgorithm: undefined,
        DryRun: undefined,
      },
    });
  });

  it('asks for a ciphertext unless a dry run says to ignore it', () => {
    const absent = "Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null";
    expect(message('Decrypt', {})).toContain(absent);
    expect(message('ReEncrypt', { DestinationKeyId: 'a', DryRun: true })).toContain(absent);
    expect(message('Decrypt', { DryRunModifiers: ['IGNORE_CIPHERTEXT'] })).toContain(absent);
    expect(message('Decrypt', { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] })).toBeUndefined();
  });

  it('bounds the deletion window at 7 and 30 days, narrower than the model', () => {
    expect(message('ScheduleKeyDeletion', { KeyId: 'a', PendingWindowInDays: 31 })).toContain(
      'less than or equal to 30',
    );
    expect(message('ScheduleKeyDeletion', { KeyId: 'a', PendingWindowInDays: 6 })).toContain(
      'greater than or equal to 7',
    );
  });

  it('takes a policy longer than the service allows, because that is another error', () => {
    expect(message('PutKeyPolicy', { KeyId: 'a', Policy: 'x'.repeat(40_000) })).toBeUndefined();
  });

  it('never repeats sensitive values and cuts long ones', () => {
    const secret = 'hunter2'.repeat(9);
    const said = message('CreateCustomKeyStore', { CustomKeyStoreName: 'a', KeyStorePassword: secret });
    expect(said).toContain("Value at 'keyStorePassword'");
    expect(said).not.toContain('hunter2');
    expect(message('CreateKey', { Description: 'd'.repeat(8193) })?.length).toBeLessThan(4300);
    const tags = Array.from({ length: 1000 }, () => ({ TagKey: '' }));
    expect(message('CreateKey', { Tags: tags })).toMatch(/^2000 validation errors/);
    expect(message('CreateKey', { Tags: tags })?.length).toBeLessThan(10_000);
  });

  it('keeps keys of an encryption context that are names of Object.prototype, as keys and nothing else', () => {
    const parsed = parseBody(
      Buffer.from(
        '{"KeyId":"a","Plaintext":"aGk=","EncryptionContext":{"__proto__":"p","constructor":"c"},"__proto__":{"DryRun":true}}',
      ),
    );
    const result = readInput('Encrypt', parsed.ok ? parsed.input : {});
    expect(result.ok).toBe(true);
    if (result.ok) {
      const context = result.input.EncryptionContext ?? {};
      expect(Object.entries(context)).toEqual([
        ['__proto__', 'p'],
        ['constructor', 'c'],
      ]);
      expect(Object.getPrototypeOf(context)).toBeNull();
      expect(result.input.DryRun).toBeUndefined();
    }
    expect(({} as Record<string, unknown>)['DryRun']).toBeUndefined();
  });

  it('does not read members that the body only inherits', () => {
    expect(message('DescribeKey', Object.create({ KeyId: 'inherited' }) as object)).toContain("Value null at 'keyId'");
  });

  it('refuses a context value that is null, not a string, or not Unicode, instead of dropping or changing it', () => {
    const base = { KeyId: 'a', Plaintext: 'aGk=' };
    expect(message('Encrypt', { ...base, EncryptionContext: { k: null } })).toContain(
      "Value null at 'encryptionContext.k.member'",
    );
    expect(message('Encrypt', { ...base, EncryptionContext: { k: 1 } })).toBe(
      'NUMBER_VALUE can not be converted to a String',
    );
    expect(message('Encrypt', { ...base, EncryptionContext: { k: '\ud800' } })).toContain('not well-formed');
    expect(message('Encrypt', { ...base, EncryptionContext: { '\udc00': 'v' } })).toContain('not well-formed');
  });

  it('answers any JSON with an input or one of two errors, and never throws (R-2)', () => {
    const operations = [
      'Encrypt',
      'CreateKey',
      'TagResource',
      'ImportKeyMaterial',
      'ListKeys',
      'CreateGrant',
      'NoSuch',
    ];
    const named = fc.constantFrom(
      'KeyId',
      'Plaintext',
      'EncryptionContext',
      'Tags',
      'Limit',
      'ValidTo',
      'Constraints',
      'DryRun',
    );
    fc.assert(
      fc.property(fc.constantFrom(...operations), fc.dictionary(named, fc.jsonValue()), (operation, body) => {
        const result = readAnyInput(operation, body);
        return result.ok || ['ValidationException', 'SerializationException'].includes(result.error.type);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('parseBody', () => {
  it('answers a SerializationException without message to what is not a JSON object in UTF-8', () => {
    const bad = ['{', 'null', '[]', '"x"', '1', '{"a":}', '\ufeff{}', '{"a":1}x', 'NaN'];
    for (const body of [
      ...bad.map((text) => Buffer.from(text)),
      Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    ]) {
      expect(parseBody(body)).toEqual({ ok: false, error: { type: 'SerializationException', message: undefined } });
    }
  });

  it('takes an empty body as an empty object, and survives very deep nesting', () => {
    expect(parseBody(new Uint8Array())).toEqual({ ok: true, input: {} });
    const deep = parseBody(Buffer.from(`{"KeyId":"a","Deep":${'['.repeat(200_000)}${']'.repeat(200_000)}}`));
    expect(deep.ok && readAnyInput('DescribeKey', deep.input).ok).toBe(true);
    const deepMember = parseBody(Buffer.from(`{"KeyId":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`));
    expect(deepMember.ok && readAnyInput('DescribeKey', deepMember.input)).toMatchObject({ ok: false });
  });

  it('takes any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof parseBody(bytes).ok === 'boolean'));
  });
});

describe('decodeBase64', () => {
  it('inverts the encoder for every byte string, in memory of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const decoded = decodeBase64(Buffer.from(bytes).toString('base64'));
        return (
          decoded !== undefined && Buffer.compare(decoded, bytes) === 0 && decoded.buffer.byteLength === bytes.length
        );
      }),
    );
  });

  it('accepts no second text for the same bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('AQgw+/-_= \nYZ09')), maxLength: 12 }), (text) => {
        const decoded = decodeBase64(text);
        return decoded === undefined || Buffer.from(decoded).toString('base64') === text;
      }),
      { numRuns: 2000 },
    );
  });
});
