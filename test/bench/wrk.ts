import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@claviger/testing';
import { rawRequest, type SignedRequest } from '../servers/sign.js';

/** One run of the load generator. Times in milliseconds. */
export interface Load {
  readonly requests: number;
  readonly seconds: number;
  /** Requests per second. */
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU of the generator itself, in cores. */
  readonly generator: number;
}

/** Above this share of a core the generator may measure itself: such a round does not count. */
export const MOST_GENERATOR = 0.85;

export interface LoadOptions {
  readonly url: string;
  /** Made by {@link writeRequests}. */
  readonly file: string;
  readonly connections: number;
  readonly seconds: number;
  /** Pause of each connection before each request: an open load instead of as much as possible. */
  readonly pauseMs?: number;
}

/** `wrk 4.1.0`, or undefined where Debian's package wrk is not installed. */
export function wrkVersion(): string | undefined {
  const run = spawnSync('wrk', ['--version'], { encoding: 'utf8' });
  // It ends with 1 after printing its version.
  return /^wrk \S+/m.exec(`${run.stdout ?? ''}${run.stderr ?? ''}`)?.[0];
}

/** Puts requests where load.lua finds them. */
export function writeRequests(file: string, requests: readonly SignedRequest[]): void {
  const parts = requests.flatMap((request) => {
    const text = rawRequest(request);
    return [`${Buffer.byteLength(text)}\n`, text];
  });
  writeFileSync(file, parts.join(''));
}

/** @throws when wrk fails, or when any answer was an error: a refusal is fast, and would pass for speed */
export async function runLoad({ url, file, connections, seconds, pauseMs = 0 }: LoadOptions): Promise<Load> {
  // The script is read from the checkout: it is no code that is compiled.
  const script = join(repositoryRoot(), 'test', 'bench', 'load.lua');
  const args = [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '30s',
    '-s',
    script,
    url,
    '--',
    file,
    String(pauseMs),
  ];
  const { code, output } = await run('wrk', args);
  const line = output.split('\n').findLast((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) throw new Error(`wrk ended with ${code}:\n${output}`);
  const found = JSON.parse(line) as Record<'requests' | 'us' | 'p50' | 'p99' | 'failed' | 'broken' | 'cpu', number>;
  if (found.failed > 0 || found.broken > 0 || found.requests === 0) {
    throw new Error(`${found.requests} answers, ${found.failed} of them errors, ${found.broken} connections broke`);
  }
  const took = found.us / 1e6;
  return {
    requests: found.requests,
    seconds: took,
    rate: found.requests / took,
    p50: found.p50 / 1000,
    p99: found.p99 / 1000,
    generator: found.cpu / took,
  };
}

function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
