import type { AccountDefaults } from '../account/account.js';
import { KmsError } from '../errors.js';
import { ENVIRONMENT_PATTERN, type DataClass, type ProtectionLevel, type Tag } from './attributes.js';
import { isDataClass, quoted } from './checks.js';
import type { TaggedAttribute } from './events.js';
import { protectionOfTag, tagOfProtection } from './protection.js';
import type { KeyAttributes } from './state.js';

/**
 * Tags, and the deployment attributes that AWS clients give as tags. The prefix `claviger:` is reserved: an
 * unknown name in it is refused, since a mistyped `claviger:data_class` taken for an ordinary tag would leave the key in a class
 * that nobody chose.
 */
const MOST_TAGS = 50;
const MOST_KEY = 128;
const MOST_VALUE = 256;
const RESERVED_PREFIX = 'claviger:';

const ATTRIBUTE_OF_TAG: ReadonlyMap<string, TaggedAttribute> = new Map([
  ['claviger:environment', 'environment'],
  ['claviger:data-class', 'dataClass'],
  ['claviger:owner', 'owner'],
  ['claviger:protection', 'protectionLevel'],
]);

const badTag = (message: string): KmsError => new KmsError('InvalidTag', message, { argument: 'tags' });

export const isReservedTag = (key: string): boolean => key.startsWith(RESERVED_PREFIX);

/** Form of the tags of one request. @throws KmsError InvalidTag */
export function checkTags(tags: readonly Tag[]): void {
  for (const { key, value } of tags) {
    checkTagKey(key);
    if (value.length > MOST_VALUE)
      throw badTag(`The value of tag ${quoted(key)} has ${value.length} characters, at most ${MOST_VALUE}`);
  }
  if (new Set(tags.map((tag) => tag.key)).size !== tags.length) throw badTag('Duplicate tag keys');
  checkTagCount(tags.length);
}

export function checkTagKey(key: string): void {
  if (key.length === 0 || key.length > MOST_KEY)
    throw badTag(`A tag key has 1 to ${MOST_KEY} characters, found ${key.length}`);
  if (/^aws:/i.test(key)) throw badTag('Tags beginning with aws: are reserved');
}

export function checkTagCount(count: number): void {
  if (count > MOST_TAGS) throw badTag('Too many tags');
}

/** What a reserved tag stands for. @throws KmsError InvalidTag for an unknown name in the reserved prefix */
function attributeOfTag(key: string): TaggedAttribute {
  const attribute = ATTRIBUTE_OF_TAG.get(key);
  if (attribute === undefined)
    throw badTag(`Tags beginning with ${RESERVED_PREFIX} are reserved; ${quoted(key)} is not one of them`);
  return attribute;
}

export interface SplitTags {
  readonly environment: string;
  readonly dataClass: DataClass;
  readonly owner: string | null;
  readonly protectionLevel: ProtectionLevel;
  readonly tags: readonly Tag[];
  readonly taggedAttributes: readonly TaggedAttribute[];
}

/**
 * Turns the tags that a key is created with into attributes and ordinary tags; what they do not say comes from the account.
 * @throws KmsError InvalidTag
 */
export function splitReservedTags(tags: readonly Tag[], defaults: AccountDefaults): SplitTags {
  checkTags(tags);
  let { environment, dataClass, protectionLevel } = defaults;
  let owner: string | null = null;
  const taggedAttributes: TaggedAttribute[] = [];
  for (const { key, value } of tags.filter((tag) => isReservedTag(tag.key))) {
    const attribute = attributeOfTag(key);
    taggedAttributes.push(attribute);
    switch (attribute) {
      case 'environment':
        if (!ENVIRONMENT_PATTERN.test(value))
          throw badTag(`${key} must be 1 to 32 of a-z, 0-9 and hyphen, found ${quoted(value)}`);
        environment = value;
        break;
      case 'dataClass':
        if (!isDataClass(value))
          throw badTag(`${key} must be public, internal, confidential or restricted, found ${quoted(value)}`);
        dataClass = value;
        break;
      case 'owner':
        if (value.length === 0) throw badTag(`${key} must not be empty`);
        owner = value;
        break;
      case 'protectionLevel': {
        const level = protectionOfTag(value);
        if (level === undefined) throw badTag(`${key} must be hsm or software, found ${quoted(value)}`);
        protectionLevel = level;
        break;
      }
    }
  }
  return {
    environment,
    dataClass,
    owner,
    protectionLevel,
    tags: tags.filter((tag) => !isReservedTag(tag.key)),
    taggedAttributes,
  };
}

type Attributes = Pick<KeyAttributes, TaggedAttribute>;

/** An attribute as its tag has it; null where there is none. */
const valueOf = (key: Attributes, attribute: TaggedAttribute): string | null =>
  attribute === 'protectionLevel' ? tagOfProtection(key.protectionLevel) : key[attribute];

/** The tags as clients see them: the ordinary ones, then the attributes that came as tags, with their present values. */
export function listedTags(key: Attributes & Pick<KeyAttributes, 'tags' | 'taggedAttributes'>): readonly Tag[] {
  const reserved: Tag[] = [];
  for (const [name, attribute] of ATTRIBUTE_OF_TAG) {
    const value = valueOf(key, attribute);
    if (key.taggedAttributes.includes(attribute) && value !== null) reserved.push({ key: name, value });
  }
  return [...key.tags, ...reserved];
}

/** A tagging call on a reserved tag: the present value is a no-op, anything else refused. @throws KmsError InvalidTag */
export function checkReservedTagUnchanged(key: KeyAttributes, tag: Tag): void {
  if (valueOf(key, attributeOfTag(tag.key)) !== tag.value) {
    throw badTag(`${tag.key} was set when the key was created and cannot be changed by tagging`);
  }
}

export function refuseUntagOfReserved(key: string): void {
  if (isReservedTag(key)) throw badTag(`${quoted(key)} is reserved and cannot be removed by tagging`);
}
