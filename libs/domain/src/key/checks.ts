import { KmsError } from '../errors.js';
import { DATA_CLASSES, type DataClass, ENVIRONMENT_PATTERN } from './attributes.js';
import { isAtLeast, parseDuration } from './duration.js';
import type { RetirementPolicy } from './events.js';
import { invalid } from './refusals.js';

/** Bounds of the attributes. AWS's where AWS has the attribute. */
const MOST_DESCRIPTION = 8192;
const MOST_POLICY = 32_768;
const MOST_OWNER = 256;
const MOST_USES = 20;
/** `data-at-rest-production`, `jwt-signing` (R-59). */
const USE_PATTERN = /^[a-zA-Z0-9][a-zA-Z0-9._:/-]{0,63}$/;

export const isDataClass = (text: string): text is DataClass => DATA_CLASSES.some((known) => known === text);

export function checkEnvironment(environment: string): void {
  if (!ENVIRONMENT_PATTERN.test(environment)) {
    throw invalid('environment', '1 to 32 of a-z, 0-9 and hyphen', quoted(environment));
  }
}

export function checkDataClass(dataClass: string): void {
  if (!isDataClass(dataClass)) throw invalid('dataClass', `one of ${DATA_CLASSES.join(', ')}`, quoted(dataClass));
}

export function checkDescription(description: string): void {
  if (description.length > MOST_DESCRIPTION) {
    throw invalid('description', `at most ${MOST_DESCRIPTION} characters`, `${description.length}`);
  }
}

export function checkOwner(owner: string | null): void {
  if (owner !== null && (owner.length === 0 || owner.length > MOST_OWNER)) {
    throw invalid('owner', `1 to ${MOST_OWNER} characters, or none`, `${owner.length} characters`);
  }
}

export function checkUses(uses: readonly string[]): void {
  if (uses.length > MOST_USES) throw invalid('uses', `at most ${MOST_USES}`, `${uses.length}`);
  for (const use of uses) {
    if (!USE_PATTERN.test(use)) throw invalid('uses', '1 to 64 letters, digits or . _ : / -', quoted(use));
  }
  if (new Set(uses).size !== uses.length) throw invalid('uses', 'each one once', uses.join(', '));
}

/** Form only; what the statements mean is another layer's business. */
export function checkPolicy(policy: string): void {
  if (policy.length === 0) throw new KmsError('MalformedPolicy', 'The key policy is empty.', { argument: 'policy' });
  const bytes = utf8Length(policy);
  if (bytes > MOST_POLICY) {
    throw new KmsError('LimitExceeded', `The key policy has ${bytes} bytes, at most ${MOST_POLICY} are allowed.`, {
      argument: 'policy',
    });
  }
}

export function checkRollbackWindow(rollbackWindow: string): void {
  if (parseDuration(rollbackWindow) === undefined)
    throw invalid('rollbackWindow', 'an ISO 8601 duration', quoted(rollbackWindow));
}

const SHORTEST_IDLE = { months: 0, days: 0, milliseconds: 24 * 3_600_000 };

export function checkRetirement(retirement: RetirementPolicy): void {
  const idleFor = parseDuration(retirement.idleFor);
  if (idleFor === undefined || !isAtLeast(idleFor, SHORTEST_IDLE)) {
    throw invalid('retirement.idleFor', 'an ISO 8601 duration of at least PT24H', quoted(retirement.idleFor));
  }
}

/** Long values are cut: a message never repeats a caller's payload. */
export const quoted = (text: string): string => `'${text.length > 64 ? `${text.slice(0, 64)}…` : text}'`;

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
