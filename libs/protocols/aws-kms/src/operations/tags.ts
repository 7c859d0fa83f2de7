import { type AccountDefaults, splitReservedTags, type Tag } from '@claviger/domain';

interface AwsTag {
  readonly TagKey: string;
  readonly TagValue: string;
}

export const fromAws = (tags: readonly AwsTag[]): readonly Tag[] =>
  tags.map(({ TagKey, TagValue }) => ({ key: TagKey, value: TagValue }));

export const toAws = ({ key, value }: Tag): AwsTag => ({ TagKey: key, TagValue: value });

/** Not the account's: only which tags there are is looked at, and what is not tagged stays null. */
const UNTAGGED: AccountDefaults = { environment: 'dev', dataClass: 'internal', protectionLevel: 'SOFTWARE' };

/** Attributes and ordinary tags of a new key; attributes without a tag are null, and become the account's defaults. */
export function attributesOfTags(tags: readonly AwsTag[]) {
  const split = splitReservedTags(fromAws(tags), UNTAGGED);
  const { taggedAttributes } = split;
  return {
    environment: taggedAttributes.includes('environment') ? split.environment : null,
    dataClass: taggedAttributes.includes('dataClass') ? split.dataClass : null,
    protectionLevel: taggedAttributes.includes('protectionLevel') ? split.protectionLevel : null,
    owner: split.owner,
    tags: split.tags,
    taggedAttributes,
  };
}
