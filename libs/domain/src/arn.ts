/** Amazon resource names as AWS clients expect them: partition `aws`, service `kms`. */

export const keyArn = (account: string, region: string, keyId: string): string =>
  `arn:aws:kms:${region}:${account}:key/${keyId}`;

/** `name` includes the prefix `alias/`. */
export const aliasArn = (account: string, region: string, name: string): string =>
  `arn:aws:kms:${region}:${account}:${name}`;

export const principalArn = (account: string, kind: 'user' | 'role' | 'service', name: string): string =>
  kind === 'role' ? `arn:aws:iam::${account}:role/${name}` : `arn:aws:iam::${account}:user/${name}`;
