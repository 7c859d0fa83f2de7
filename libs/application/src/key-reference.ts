/** The ways in which a caller can name a key. `name` is without the prefix `alias/`. */
export type KeyReference =
  | { readonly kind: 'id'; readonly keyId: string }
  | { readonly kind: 'arn'; readonly account: string; readonly region: string; readonly keyId: string }
  | { readonly kind: 'alias'; readonly name: string }
  | { readonly kind: 'alias-arn'; readonly account: string; readonly region: string; readonly name: string };

const KEY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const ARN = /^arn:aws:kms:([a-z0-9-]{1,32}):([0-9]{12}):(key|alias)\/([a-zA-Z0-9:/_-]{1,256})$/;
const ALIAS = /^alias\/([a-zA-Z0-9:/_-]{1,250})$/;

/** Total: undefined for text that names nothing. */
export function parseKeyReference(text: string): KeyReference | undefined {
  if (KEY_ID.test(text)) return { kind: 'id', keyId: text };
  const alias = ALIAS.exec(text);
  if (alias?.[1] !== undefined) return { kind: 'alias', name: alias[1] };
  const arn = ARN.exec(text);
  if (arn === null) return undefined;
  const [, region = '', account = '', resource, name = ''] = arn;
  if (resource === 'alias') return { kind: 'alias-arn', account, region, name };
  return KEY_ID.test(name) ? { kind: 'arn', account, region, keyId: name } : undefined;
}
