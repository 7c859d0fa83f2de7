import { KmsError } from '@claviger/domain';
import type { PolicyDocument, PolicyStatement, PrincipalMatch } from './document.js';

/** Bytes of a key policy (developer guide, quotas); the model's 131,072 only bounds the wire. */
export const MAX_POLICY_BYTES = 32_768;

const PRINCIPAL = /^(?:\*|[0-9]{12}|arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[\w+=,.@:/-]{1,512})$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/;
const ACTION = /^(?:\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/;
const RESOURCE = /^(?:\*|arn:[\x21-\x7e]{1,2048})$/;
const OPERATOR =
  /^(?:ForAllValues:|ForAnyValue:)?(?:String(?:Not)?(?:Equals(?:IgnoreCase)?|Like)|Numeric(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Date(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like))(?:IfExists)?$|^Null$/;
const STATEMENT_MEMBERS: ReadonlySet<string> = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

/**
 * Checks a key policy for form and returns it. Whether its principals exist is not looked at.
 * @throws KmsError LimitExceeded if it is too long, MalformedPolicy (with what is wrong where) otherwise
 */
export function checkPolicyForm(text: string): PolicyDocument {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_POLICY_BYTES) {
    throw new KmsError('LimitExceeded', `The key policy has ${bytes} bytes; at most ${MAX_POLICY_BYTES} are allowed.`, {
      argument: 'Policy',
    });
  }
  const policy = readObject(parse(text), 'The policy must be a JSON object.');
  for (const name of Object.keys(policy)) {
    if (name !== 'Version' && name !== 'Id' && name !== 'Statement') {
      throw malformed('The policy may have the elements Version, Id and Statement only.');
    }
  }
  const version = policy['Version'] ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    throw malformed('The policy must contain a valid version string.');
  }
  const id = optionalString(policy['Id'], 'The policy Id must be a string.');
  const list = policy['Statement'];
  const sources: readonly unknown[] = Array.isArray(list) ? list : [list];
  if (list === undefined || sources.length === 0) {
    throw malformed('The policy must contain at least one statement.');
  }
  const statements = sources.map(readStatement);
  const sids = statements.flatMap((statement) =>
    statement.sid === undefined || statement.sid === '' ? [] : [statement.sid],
  );
  if (new Set(sids).size !== sids.length) {
    throw malformed('Statement IDs (SID) in a single policy must be unique.');
  }
  return { version, id, statements };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('The policy is not valid JSON.');
  }
}

function readStatement(source: unknown): PolicyStatement {
  const statement = readObject(source, 'Each statement of the policy must be a JSON object.');
  for (const name of Object.keys(statement)) {
    if (!STATEMENT_MEMBERS.has(name)) {
      throw malformed('Policy contains a statement with an unknown element.');
    }
  }
  const effect = statement['Effect'];
  if (effect !== 'Allow' && effect !== 'Deny') {
    throw malformed('Policy contains a statement whose Effect is neither Allow nor Deny.');
  }
  return {
    sid: optionalString(statement['Sid'], 'Policy contains a statement whose Sid is not a string.'),
    effect,
    principal: readPrincipal(statement),
    action: readPatterns(statement, 'Action', ACTION),
    resource: readPatterns(statement, 'Resource', RESOURCE),
    condition: readCondition(statement['Condition']),
  };
}

function readPrincipal(statement: Readonly<Record<string, unknown>>): PrincipalMatch {
  const { negated, value } = oneOf(statement, 'Principal');
  if (value === '*') {
    return { negated, aws: ['*'], service: [], federated: [] };
  }
  const found = { aws: [] as readonly string[], service: [] as readonly string[], federated: [] as readonly string[] };
  const source = readObject(value, 'Policy contains a statement with one or more invalid principals.');
  for (const [type, given] of Object.entries(source)) {
    const names = stringList(given);
    const valid = names !== undefined && names.length > 0;
    if (valid && type === 'AWS' && names.every((name) => PRINCIPAL.test(name))) {
      found.aws = names;
    } else if (valid && type === 'Service' && names.every((name) => SERVICE.test(name))) {
      found.service = names;
    } else if (valid && type === 'Federated' && names.every((name) => name !== '')) {
      found.federated = names;
    } else {
      throw malformed('Policy contains a statement with one or more invalid principals.');
    }
  }
  if (found.aws.length + found.service.length + found.federated.length === 0) {
    throw malformed('Policy contains a statement with no principal.');
  }
  return { negated, ...found };
}

function readPatterns(
  statement: Readonly<Record<string, unknown>>,
  element: 'Action' | 'Resource',
  form: RegExp,
): { readonly negated: boolean; readonly patterns: readonly string[] } {
  const { negated, value } = oneOf(statement, element);
  const patterns = stringList(value);
  if (patterns === undefined || patterns.length === 0 || !patterns.every((pattern) => form.test(pattern))) {
    throw malformed(`Policy contains a statement with one or more invalid ${element.toLowerCase()}s.`);
  }
  return { negated, patterns };
}

function readCondition(source: unknown): PolicyStatement['condition'] {
  const condition = new Map<string, ReadonlyMap<string, readonly string[]>>();
  if (source === undefined) {
    return condition;
  }
  const wrong = 'Policy contains a statement with an invalid condition.';
  for (const [operator, block] of Object.entries(readObject(source, wrong))) {
    const keys = new Map<string, readonly string[]>();
    for (const [key, given] of Object.entries(readObject(block, wrong))) {
      const values = (Array.isArray(given) ? given : [given]).map((value: unknown) =>
        typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
          ? String(value)
          : undefined,
      );
      if (key === '' || values.includes(undefined)) {
        throw malformed(wrong);
      }
      keys.set(
        key,
        values.filter((value) => value !== undefined),
      );
    }
    if (!OPERATOR.test(operator) || keys.size === 0) {
      throw malformed(wrong);
    }
    condition.set(operator, keys);
  }
  return condition;
}

/** Exactly one of an element and its negation (Principal and NotPrincipal, …). */
function oneOf(
  statement: Readonly<Record<string, unknown>>,
  element: 'Principal' | 'Action' | 'Resource',
): { readonly negated: boolean; readonly value: unknown } {
  const plain = statement[element];
  const negation = statement[`Not${element}`];
  if (plain !== undefined && negation !== undefined) {
    throw malformed(`Policy contains a statement with both ${element} and Not${element}.`);
  }
  if (plain === undefined && negation === undefined) {
    throw malformed(`Policy contains a statement with no ${element.toLowerCase()}.`);
  }
  return plain === undefined ? { negated: true, value: negation } : { negated: false, value: plain };
}

function readObject(value: unknown, wrong: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(wrong);
  }
  // A copy without prototype: names such as `constructor` are then absent unless the text has them.
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function optionalString(value: unknown, wrong: string): string | undefined {
  if (value === undefined || typeof value === 'string') {
    return value;
  }
  throw malformed(wrong);
}

function stringList(value: unknown): readonly string[] | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const strings = items.filter((item) => typeof item === 'string');
  return strings.length === items.length ? strings : undefined;
}

function malformed(message: string): KmsError {
  return new KmsError('MalformedPolicy', message, { argument: 'Policy' });
}
