import type { Key } from '../../http/api.js';

/** Commands on a key that can be about one of its versions. */
export interface VersionOption {
  readonly version?: number;
}

export const MOST_VERSION = 4_294_967_295;

export const subjectOf = ({ keyId }: Key, version: number | undefined): string =>
  version === undefined ? keyId : `${keyId} version ${version}`;
