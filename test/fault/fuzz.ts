import type { Chance } from '../servers/random.js';

/** Members of a legal input by operation; `{key}`, `{blob}` … are put in by the caller. All operations that the service offers. */
export const legalInputs: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  CreateKey: [
    { Description: 'fuzz', Tags: [{ TagKey: 'a', TagValue: 'b' }] },
    { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  ],
  DescribeKey: [{ KeyId: '{key}' }],
  ListKeys: [{ Limit: 10 }],
  EnableKey: [{ KeyId: '{key}' }],
  DisableKey: [{ KeyId: '{key}' }],
  UpdateKeyDescription: [{ KeyId: '{key}', Description: 'new' }],
  ScheduleKeyDeletion: [{ KeyId: '{key}', PendingWindowInDays: 7 }],
  CancelKeyDeletion: [{ KeyId: '{key}' }],
  CreateAlias: [{ AliasName: 'alias/fuzz', TargetKeyId: '{key}' }],
  UpdateAlias: [{ AliasName: 'alias/fuzz', TargetKeyId: '{key}' }],
  DeleteAlias: [{ AliasName: 'alias/fuzz' }],
  ListAliases: [{ KeyId: '{key}', Limit: 5 }],
  TagResource: [{ KeyId: '{key}', Tags: [{ TagKey: 'team', TagValue: 'x' }] }],
  UntagResource: [{ KeyId: '{key}', TagKeys: ['team'] }],
  ListResourceTags: [{ KeyId: '{key}' }],
  Encrypt: [{ KeyId: '{key}', Plaintext: '{secret}', EncryptionContext: { a: 'b' } }],
  Decrypt: [
    { CiphertextBlob: '{blob}', EncryptionContext: { a: 'b' } },
    { KeyId: '{key}', CiphertextBlob: '{blob}' },
  ],
  ReEncrypt: [{ CiphertextBlob: '{blob}', DestinationKeyId: '{key}', SourceEncryptionContext: { a: 'b' } }],
  GenerateDataKey: [
    { KeyId: '{key}', KeySpec: 'AES_256' },
    { KeyId: '{key}', NumberOfBytes: 64 },
  ],
  GenerateDataKeyWithoutPlaintext: [{ KeyId: '{key}', KeySpec: 'AES_128' }],
  GenerateRandom: [{ NumberOfBytes: 32 }],
  EnableKeyRotation: [{ KeyId: '{key}', RotationPeriodInDays: 90 }],
  DisableKeyRotation: [{ KeyId: '{key}' }],
  GetKeyRotationStatus: [{ KeyId: '{key}' }],
  RotateKeyOnDemand: [{ KeyId: '{key}' }],
  ListKeyRotations: [{ KeyId: '{key}', Limit: 3 }],
  Sign: [{ KeyId: '{signing}', Message: '{secret}', SigningAlgorithm: 'ECDSA_SHA_256' }],
  Verify: [{ KeyId: '{signing}', Message: '{secret}', Signature: 'MEUCIQ==', SigningAlgorithm: 'ECDSA_SHA_256' }],
  GetPublicKey: [{ KeyId: '{signing}' }],
  GenerateMac: [{ KeyId: '{mac}', Message: '{secret}', MacAlgorithm: 'HMAC_SHA_256' }],
  VerifyMac: [{ KeyId: '{mac}', Message: '{secret}', Mac: '{blob}', MacAlgorithm: 'HMAC_SHA_256' }],
  GetKeyPolicy: [{ KeyId: '{key}', PolicyName: 'default' }],
  PutKeyPolicy: [{ KeyId: '{key}', Policy: '{"Version":"2012-10-17","Statement":[]}' }],
  ListKeyPolicies: [{ KeyId: '{key}' }],
};

const strange: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '💥',
  '../../etc/passwd',
  "' OR 1=1 --",
  '{"a":1}',
  '=',
  'alias/',
  'arn:aws:kms:us-east-1:000000000000:key/',
  'mrk-00000000000000000000000000000000',
  '00000000-0000-0000-0000-000000000000',
  [],
  [[]],
  [null],
  {},
  { a: { b: { c: {} } } },
  { __proto__: { x: 1 } },
  { constructor: 1 },
  { toString: null },
];

/** One of the operations, its input bent somewhere, as the text of a body. */
export function fuzzedCall(chance: Chance, put: (name: string) => string): { operation: string; body: string } {
  const operation = chance.of(Object.keys(legalInputs));
  const legal = chance.of(legalInputs[operation] ?? []);
  const input = JSON.parse(JSON.stringify(legal), (_, value: unknown) =>
    typeof value === 'string' ? value.replace(/\{(\w+)\}/g, (__, name: string) => put(name)) : value,
  ) as Record<string, unknown>;
  for (let bends = chance.below(3); bends > 0; bends -= 1) bend(chance, input);
  const text = JSON.stringify(input);
  return { operation, body: chance.next() < 0.15 ? broken(chance, text) : text };
}

function bend(chance: Chance, input: Record<string, unknown>): void {
  const names = Object.keys(input);
  const name =
    names.length > 0 && chance.next() < 0.85
      ? chance.of(names)
      : chance.of(['KeyId', 'Limit', 'Marker', 'GrantTokens', 'DryRun', '__proto__', 'X']);
  switch (chance.weighted({ drop: 1, strange: 4, long: 1, deep: 0.5, letters: 2 })) {
    case 'drop':
      delete input[name];
      return;
    case 'strange':
      input[name] = chance.of(strange);
      return;
    case 'long':
      input[name] = 'a'.repeat(chance.of([255, 257, 2_049, 8_193, 70_000]));
      return;
    case 'deep':
      input[name] = JSON.parse('['.repeat(200) + ']'.repeat(200)) as unknown;
      return;
    case 'letters':
      input[name] = mutated(chance, JSON.stringify(input[name]) ?? '');
      return;
  }
}

/** Some characters replaced, taken away or put in. */
function mutated(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1);
  const piece = chance.of(['', 'A', '/', '\u0000', '%00', '🔑', '\\', '"', '\n']);
  return text.slice(0, at) + piece + text.slice(at + chance.below(3));
}

/** No JSON any more, most of the time. */
function broken(chance: Chance, text: string): string {
  const at = chance.below(text.length + 1);
  return chance.of([
    text.slice(0, at),
    text + text,
    `\ufeff${text}`,
    '[' + text,
    text.replaceAll('"', "'"),
    mutated(chance, text),
    '',
    'null',
    '"x"',
    '1',
    '\u0000',
  ]);
}
