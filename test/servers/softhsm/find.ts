import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface SoftHsmPrograms {
  /** The PKCS #11 module. */
  readonly modulePath: string;
  /** softhsm2-util */
  readonly util: string;
  /** For the closing summary. */
  readonly version: string;
}

export const SOFTHSM_REASON = 'softhsm2-util or libsofthsm2.so is not there: Debian package softhsm2';

/** SoftHSM 2, where it is installed. */
export function findSoftHsm(): SoftHsmPrograms | undefined {
  const util = onPath('softhsm2-util');
  const modulePath = moduleFolders()
    .map((folder) => join(folder, 'libsofthsm2.so'))
    .find(isReadable);
  if (util === undefined || modulePath === undefined) return undefined;
  const version = execFileSync(util, ['--version'], { encoding: 'utf8' }).trim();
  return { modulePath, util, version: `SoftHSM ${version}` };
}

/** OpenSC's pkcs11-tool, a PKCS #11 client that is none of ours. */
export function findPkcs11Tool(): string | undefined {
  return onPath('pkcs11-tool');
}

/** Where distributions put it: /usr/lib/softhsm, /usr/lib/<triplet>/softhsm, /usr/lib64/pkcs11, and Homebrew's folders. */
function moduleFolders(): string[] {
  const triplets = ['/usr/lib', '/usr/lib64', '/usr/local/lib', '/opt/homebrew/lib'].flatMap((base) => {
    try {
      return readdirSync(base).map((name) => join(base, name, 'softhsm'));
    } catch {
      return [];
    }
  });
  return [
    '/usr/lib/softhsm',
    '/usr/lib64/pkcs11',
    '/usr/lib64/softhsm',
    '/usr/local/lib/softhsm',
    '/opt/homebrew/lib/softhsm',
    ...triplets,
  ];
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isReadable);
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
