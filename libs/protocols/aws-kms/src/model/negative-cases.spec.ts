import facts from './facts.json' with { type: 'json' };
import { readAnyInput } from './validate.js';

// Every constraint of every input member, broken once. The table is read here as plain JSON and the sentences are put
// together by hand, so that neither the compiled readers nor their wording check themselves.
interface RawShape {
  type: string;
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
  sensitive?: boolean;
  required?: string[];
  members?: Record<string, string>;
  member?: string;
}
const shapes: Record<string, RawShape> = facts.shapes;
const operations: Record<string, { input?: string }> = facts.operations;
const shapeOf = (name: string | undefined): RawShape => shapes[name ?? ''] ?? { type: 'absent' };

/** A valid value for each shape with a pattern. */
const samples: Record<string, string> = {
  AccountIdType: '123456789012',
  BackingKeyIdType: 'a'.repeat(64),
  CloudHsmClusterIdType: 'cluster-abcdefghijk',
  GrantConstraintSourceArnType: 'arn:aws:s3:us-east-1:123456789012:bucket',
  RegionType: 'us-east-1',
  ServicePrincipalType: 'ec2.us-east-1.amazonaws.com',
  XksProxyAuthenticationAccessKeyIdType: 'A'.repeat(20),
  XksProxyUriEndpointType: 'https://xks.example',
  XksProxyUriPathType: '/kms/xks/v1',
  XksProxyVpcEndpointServiceNameType: 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef',
};

function valid(name: string): unknown {
  const shape = shapeOf(name);
  switch (shape.type) {
    case 'string':
      return shape.enum?.[0] ?? samples[name] ?? 'a'.repeat(Math.max(shape.min ?? 1, 1));
    case 'blob':
      return Buffer.alloc(shape.min ?? 1, 7).toString('base64');
    case 'integer':
      return shape.min ?? 1;
    case 'boolean':
      return true;
    case 'timestamp':
      return 1_795_000_000.5;
    case 'list':
      return [valid(shape.member ?? '')];
    case 'map':
      return { key: 'value' };
    case 'structure':
      return Object.fromEntries(Object.entries(shape.members ?? {}).map(([member, type]) => [member, valid(type)]));
    default:
      throw new Error(`no sample for ${name}`);
  }
}

const lowerCamel = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
const base64 = (bytes: number): string => Buffer.alloc(bytes, 1).toString('base64');

interface Case {
  title: string;
  operation: string;
  body: Record<string, unknown>;
  type: 'ValidationException' | 'SerializationException';
  says: string;
}

function casesFor(operation: string): Case[] {
  const input = operations[operation]?.input;
  const shape = shapeOf(input);
  const base = valid(input ?? '') as Record<string, unknown>;
  const cases: Case[] = [];
  for (const [member, target] of Object.entries(shape.members ?? {})) {
    const add = (what: string, value: unknown, type: Case['type'], says: string): void => {
      cases.push({ title: `${member} ${what}`, operation, body: { ...base, [member]: value }, type, says });
    };
    const path = lowerCamel(member);
    if (shape.required?.includes(member)) {
      for (const absent of [undefined, null]) {
        add(
          `is ${String(absent)}`,
          absent,
          'ValidationException',
          `Value null at '${path}' failed to satisfy constraint: Member must not be null`,
        );
      }
    }
    addConstraintCases(path, target, add);
    addTypeCases(target, add);
  }
  return cases;
}

type Add = (what: string, value: unknown, type: Case['type'], says: string) => void;

function addConstraintCases(path: string, target: string, add: Add): void {
  const { type, min, max, pattern, enum: values, sensitive, members, required, member } = shapeOf(target);
  const expect = (what: string, value: unknown, printed: string, says: string): void => {
    add(
      what,
      value,
      'ValidationException',
      `Value${printed} at '${path}' failed to satisfy constraint: Member must ${says}`,
    );
  };
  const quote = (text: string): string =>
    sensitive === true ? '' : ` '${text.length > 4096 ? `${text.slice(0, 4096)}...` : text}'`;
  if (type === 'string') {
    if (max !== undefined)
      expect(
        'is too long',
        'a'.repeat(max + 1),
        quote('a'.repeat(max + 1)),
        `have length less than or equal to ${max}`,
      );
    if (min !== undefined && min > 0)
      expect(
        'is too short',
        'a'.repeat(min - 1),
        quote('a'.repeat(min - 1)),
        `have length greater than or equal to ${min}`,
      );
    const bad = 'Ā'.repeat(Math.max(min ?? 1, 1));
    if (pattern !== undefined)
      expect('has bad characters', bad, quote(bad), `satisfy regular expression pattern: ${pattern}`);
    if (values !== undefined)
      expect('is no such value', 'NO_SUCH', quote('NO_SUCH'), `satisfy enum value set: [${values.join(', ')}]`);
  } else if (type === 'blob') {
    if (max !== undefined) expect('is too long', base64(max + 1), '', `have length less than or equal to ${max}`);
    if (min !== undefined) expect('is too short', base64(min - 1), '', `have length greater than or equal to ${min}`);
  } else if (type === 'integer') {
    if (max !== undefined) expect('is too large', max + 1, ` '${max + 1}'`, `have value less than or equal to ${max}`);
    if (min !== undefined)
      expect('is too small', min - 1, ` '${min - 1}'`, `have value greater than or equal to ${min}`);
  } else if (type === 'list') {
    const inner = shapeOf(member);
    if (max !== undefined) {
      const many = Array.from({ length: max + 1 }, () => valid(member ?? ''));
      expect('has too many members', many, ` '[${many.join(', ')}]'`, `have length less than or equal to ${max}`);
    }
    if (inner.enum !== undefined) {
      expect(
        'has a member that is no such value',
        ['NO_SUCH'],
        " '[NO_SUCH]'",
        `satisfy constraint: [Member must satisfy enum value set: [${inner.enum.join(', ')}]]`,
      );
    } else if (inner.type === 'string' && inner.max !== undefined) {
      const long = 'a'.repeat(Math.min(inner.max + 1, 4000));
      if (long.length > inner.max) {
        expect(
          'has a member that is too long',
          [long],
          ` '[${long}]'`,
          `satisfy constraint: [Member must have length less than or equal to ${inner.max}, Member must have length greater than or equal to ${inner.min ?? 0}]`,
        );
      }
    } else if (inner.type === 'structure') {
      for (const [name, nested] of Object.entries(inner.members ?? {})) {
        const item = valid(member ?? '') as Record<string, unknown>;
        addConstraintCases(`${path}.2.member.${lowerCamel(name)}`, nested, (what, value, kind, says) => {
          add(`[1].${name} ${what}`, [item, { ...item, [name]: value }], kind, says);
        });
        if (inner.required?.includes(name)) {
          add(
            `[0].${name} is absent`,
            [{ ...item, [name]: undefined }],
            'ValidationException',
            `Value null at '${path}.1.member.${lowerCamel(name)}' failed to satisfy constraint: Member must not be null`,
          );
        }
      }
    }
    add(
      'has a null',
      [null],
      'ValidationException',
      `Value null at '${path}.1.member' failed to satisfy constraint: Member must not be null`,
    );
  } else if (type === 'structure') {
    const whole = valid(target) as Record<string, unknown>;
    for (const [name, nested] of Object.entries(members ?? {})) {
      addConstraintCases(`${path}.${lowerCamel(name)}`, nested, (what, value, kind, says) => {
        add(`.${name} ${what}`, { ...whole, [name]: value }, kind, says);
      });
      if (required?.includes(name)) {
        add(
          `.${name} is absent`,
          { ...whole, [name]: null },
          'ValidationException',
          `Value null at '${path}.${lowerCamel(name)}' failed to satisfy constraint: Member must not be null`,
        );
      }
    }
  }
}

function addTypeCases(target: string, add: Add): void {
  const { type } = shapeOf(target);
  const wrong: Record<string, unknown> = { string: 'x', number: 1, boolean: true, list: [], object: {} };
  const own: Record<string, string> = {
    string: 'string',
    blob: 'string',
    integer: 'number',
    boolean: 'boolean',
    timestamp: 'number',
    list: 'list',
    map: 'object',
    structure: 'object',
  };
  for (const [name, value] of Object.entries(wrong)) {
    if (name !== own[type]) {
      add(`is a ${name}`, value, 'SerializationException', '');
    }
  }
  if (type === 'integer')
    add('is a fraction', 1.5, 'SerializationException', 'NUMBER_VALUE can not be converted to an Integer');
  if (type === 'blob') {
    for (const bad of ['a', 'abc', 'ab==c', 'ab c', 'a-_b', 'YR==', 'YWJj\n', '====']) {
      add(`is the text ${JSON.stringify(bad)}`, bad, 'SerializationException', 'is not valid Base64');
    }
  }
}

describe.each(Object.keys(operations).sort())('input of %s', (operation) => {
  it('is accepted when every member is within its constraints', () => {
    const input = operations[operation]?.input;
    expect(readAnyInput(operation, valid(input ?? '') as object)).toMatchObject({ ok: true });
  });

  it('is refused with the right error for each constraint that one member breaks', () => {
    const cases = casesFor(operation);
    for (const { title, body, type, says } of cases) {
      const result = readAnyInput(operation, body);
      if (result.ok) {
        throw new Error(`${operation}: ${title} was accepted`);
      }
      expect({ title, type: result.error.type }).toEqual({ title, type });
      expect(result.error.message).toContain(says);
    }
  });
});

it('covers several hundred broken constraints', () => {
  expect(Object.keys(operations).flatMap(casesFor).length).toBeGreaterThan(900);
});
