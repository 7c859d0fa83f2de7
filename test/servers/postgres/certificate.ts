import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot, serverUser } from './programs.js';

const OPENSSL = '/usr/bin/openssl';

/** Version of the program that makes certificates, or undefined: Node itself cannot. */
export function opensslVersion(): string | undefined {
  return existsSync(OPENSSL) ? execFileSync(OPENSSL, ['version'], { encoding: 'utf8' }).trim() : undefined;
}

/** A self-signed certificate for `name` and its key, as files that the private server can read. */
export function makeCertificate(folder: string, name: string): { readonly certificate: string; readonly key: string } {
  const certificate = join(folder, `${name}.crt`);
  const key = join(folder, `${name}.key`);
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  execFileSync(OPENSSL, [...request, ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  chmodSync(key, 0o600);
  const owner = isRoot() ? serverUser() : undefined;
  if (owner !== undefined) for (const file of [certificate, key]) chownSync(file, owner.uid, owner.gid);
  return { certificate, key };
}
