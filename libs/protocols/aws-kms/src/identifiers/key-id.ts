import { KmsError } from '@claviger/domain';

/** How a caller named a key. `name` is without the prefix `alias/`. */
export type NamedKey =
  | { readonly kind: 'id'; readonly keyId: string }
  | { readonly kind: 'arn'; readonly account: string; readonly region: string; readonly keyId: string }
  | { readonly kind: 'alias'; readonly name: string }
  | { readonly kind: 'alias-arn'; readonly account: string; readonly region: string; readonly name: string };

// An `mrk-` id is well formed, although no key of this service has one: it answers "does not exist".
const KEY_ID = /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/i;
const ALIAS_NAME = /^alias\/([a-zA-Z0-9:/_-]{1,250})$/;
const ARN = /^arn:([a-z0-9-]{1,32}):kms:([a-z0-9-]{1,32}):([0-9]{12}):(.{1,512})$/;

/**
 * Reads the KeyId of an operation that also takes aliases, in a call scoped to `region`.
 * @throws KmsError NotFound or InvalidArn, with AWS's message
 */
export function readKeyOrAlias(text: string, region: string): NamedKey {
  if (text.startsWith('arn:')) {
    return readArn(text, region);
  }
  const alias = ALIAS_NAME.exec(text)?.[1];
  if (alias !== undefined) {
    return { kind: 'alias', name: alias };
  }
  return readId(text);
}

/** Reads the KeyId of an operation that takes a key id or key ARN only. */
export function readKeyOnly(text: string, region: string): NamedKey {
  if (!text.startsWith('arn:')) {
    return readId(text);
  }
  const named = readArn(text, region);
  if (named.kind === 'alias-arn') {
    throw invalidArn(text);
  }
  return named;
}

function readId(text: string): NamedKey {
  if (!KEY_ID.test(text)) {
    throw new KmsError('NotFound', `Invalid keyId '${text}'`, { argument: 'KeyId' });
  }
  return { kind: 'id', keyId: text };
}

function readArn(text: string, scopeRegion: string): NamedKey {
  const [, partition, region = '', account = '', resource = ''] = ARN.exec(text) ?? [];
  if (partition === undefined) {
    throw invalidArn(text);
  }
  if (partition !== 'aws' || region !== scopeRegion) {
    throw new KmsError('NotFound', `Invalid arn ${region}`, { argument: 'KeyId' });
  }
  const alias = ALIAS_NAME.exec(resource)?.[1];
  if (alias !== undefined) {
    return { kind: 'alias-arn', account, region, name: alias };
  }
  const keyId = resource.startsWith('key/') ? resource.slice(4) : '';
  if (keyId === '') {
    throw invalidArn(text);
  }
  if (!KEY_ID.test(keyId)) {
    throw new KmsError('NotFound', `Invalid keyId '${keyId}'`, { argument: 'KeyId' });
  }
  return { kind: 'arn', account, region, keyId };
}

function invalidArn(text: string): KmsError {
  return new KmsError('InvalidArn', `Invalid arn ${text}`, { argument: 'KeyId' });
}
