import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { join } from 'node:path';
import { signCall } from '../servers/sign.js';
import { type Contender, prepareLoad, startClaviger } from './contender.js';
import { figureRow, type Report, short, table } from './report.js';
import { median, medianRatio } from './statistics.js';
import type { ThroughputOptions } from './throughput.js';
import { runLoad, writeRequests } from './wrk.js';

const SIGNERS = 8;
/** 8 connections with a pause of 18 ms and about 2 ms for the call: 400 signatures a second. */
const SIGNER_PAUSE_MS = 18;
const ENCRYPTERS = 32;
/** An open load of some thousand calls: at full load the machine's two cores would decide, not the service. */
const ENCRYPTER_PAUSE_MS = 8;

/** What slow signatures next door cost a fast call. */
export async function benchRsaNeighbour(report: Report, options: ThroughputOptions): Promise<void> {
  const { folder, rounds, seconds } = options;
  const service = await startClaviger('claviger');
  try {
    const keyId = await rsaKey(service);
    const alone: number[] = [];
    const beside: number[] = [];
    const signatures: number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const runs = [
        async () => alone.push(await encryptP99(service, folder, seconds)),
        async () => {
          const file = signFile(service, keyId, folder);
          const { url } = service.target;
          // The signer begins earlier and ends later than what is measured.
          const signing = runLoad({ url, file, connections: SIGNERS, seconds: seconds + 1, pauseMs: SIGNER_PAUSE_MS });
          await new Promise((resolve) => setTimeout(resolve, 500));
          beside.push(await encryptP99(service, folder, seconds));
          signatures.push((await signing).rate);
        },
      ];
      for (const run of round % 2 === 0 ? runs : runs.reverse()) await run();
      // The first round is for the compiler.
      if (round < 0) for (const list of [alone, beside, signatures]) list.length = 0;
    }
    const figure = {
      name: `Encrypt p99 beside ${Math.round(median(signatures))} RSA-2048 signatures per second`,
      value: median(beside),
      unit: 'ms',
      ratio: medianRatio(beside, alone),
      against: 'without them',
      target: { atMost: 1.5 },
    };
    report.add(figure);
    console.log(
      `  Encrypt p99 ${short(median(alone))} ms alone, ${short(median(beside))} ms beside ${Math.round(median(signatures))} RSA-2048 signatures/s`,
    );
    console.log(table(['figure', 'value', 'ratio', 'target', ''], [figureRow(figure)]));
  } finally {
    await service.stop();
  }
}

async function rsaKey({ target }: Contender): Promise<string> {
  const kms = new KMSClient({ endpoint: target.url, region: target.region, credentials: target.credentials });
  const made = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }));
  kms.destroy();
  return made.KeyMetadata?.KeyId ?? '';
}

async function encryptP99(service: Contender, folder: string, seconds: number): Promise<number> {
  const file = prepareLoad(folder, service, 'Encrypt');
  const { url } = service.target;
  return (await runLoad({ url, file, connections: ENCRYPTERS, seconds, pauseMs: ENCRYPTER_PAUSE_MS })).p99;
}

function signFile({ target }: Contender, keyId: string, folder: string): string {
  const file = join(folder, 'rsa-signatures.requests');
  const body = JSON.stringify({
    KeyId: keyId,
    Message: 'bWVzc2FnZQ==',
    MessageType: 'RAW',
    SigningAlgorithm: 'RSASSA_PSS_SHA_256',
  });
  const now = Date.now();
  writeRequests(
    file,
    Array.from({ length: 64 }, () => signCall(target, 'Sign', body, { now })),
  );
  return file;
}
