import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { TestServer } from '@claviger/testing';
import { claviger, type CliRun } from './built-cli.js';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Key, ciphertext, and what is in it. */
export interface Secret {
  readonly keyId: string;
  readonly ciphertext: Uint8Array;
  readonly plain: string;
}

export async function newKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  return KeyMetadata?.KeyId ?? '';
}

export async function encrypt(kms: KMSClient, KeyId: string, plain: string): Promise<Secret> {
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext: text(plain) }));
  return { keyId: KeyId, ciphertext: CiphertextBlob ?? new Uint8Array(), plain };
}

export async function decrypt(kms: KMSClient, { ciphertext }: Secret): Promise<string> {
  const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: ciphertext }));
  return Buffer.from(Plaintext ?? []).toString('utf8');
}

export const operatorEnv = (server: TestServer): Record<string, string> => ({
  CLAVIGER_URL: server.url,
  CLAVIGER_TOKEN: server.token,
});

/** Options of offline commands for the folders of a test server. */
export const folders = (folder: string): string[] => [
  '--data',
  join(folder, 'data'),
  '--seal-keyfile',
  join(folder, 'seal', 'root.key'),
  '--anchor',
  join(folder, 'anchor'),
];

export const backUp = (server: TestServer, file: string): Promise<CliRun> =>
  claviger(['backup', '--to', file, '--json'], operatorEnv(server));

export const restoreTo = (folder: string, file: string, env: Readonly<Record<string, string>> = {}): Promise<CliRun> =>
  claviger(['restore', '--from', file, ...folders(folder)], env);

/** The root key, as its keeper brings it. */
export function bringRootKey(from: string, to: string): void {
  mkdirSync(join(to, 'seal'), { recursive: true, mode: 0o700 });
  copyFileSync(join(from, 'seal', 'root.key'), join(to, 'seal', 'root.key'));
}

/** Starts it without waiting until it is ready: it is held for an operator. */
export async function startHeld(server: TestServer, env: Readonly<Record<string, string>> = {}): Promise<void> {
  server.launch(env);
  const { url } = await server.logged(({ message }) => message === 'listening', '"listening"');
  server.url = String(url);
}

/** Waits until calls are served. @throws with the reasons after 20 s */
export async function untilReady(server: TestServer): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const answer = await fetch(`${server.url}/health/ready`);
    if (answer.status === 200) return;
    const reasons = await answer.text();
    if (performance.now() > deadline) throw new Error(`not ready: ${reasons}`);
    await delay(50);
  }
}

/** Accepts the report that there is. @returns its findings */
export async function acceptReport(server: TestServer): Promise<string> {
  const found = await server.admin('GET', '/api/v1/operator/report');
  const { report, holds } = found.body as { report: string; holds: { findings: string[] }[] };
  const args = ['operator', 'accept', '--report', report, '--reason', 'restored on purpose'];
  const { code, stdout, stderr } = await claviger(args, operatorEnv(server));
  if (code !== 0 || !stdout.includes('Nothing waits any more')) throw new Error(`not accepted: ${stdout}${stderr}`);
  return holds.flatMap(({ findings }) => findings).join('\n');
}

export async function problems(server: TestServer): Promise<readonly string[]> {
  const { body } = await server.admin('GET', '/api/v1/doctor');
  const { findings } = body as { findings: { severity: string; subject: string; message: string }[] };
  return findings
    .filter(({ severity }) => severity === 'problem')
    .map(({ subject, message }) => `${subject}: ${message}`);
}
