import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterNode } from '../../servers/cluster/cluster-node.js';
import { UNAVAILABLE } from './answers.js';
import { judge } from './expectation.js';
import type { FaultRun } from './fault-run.js';
import type { Outage } from './outages.js';
import { Probes } from './probes.js';

const BEFORE_MS = 500;
/** Before the end each node is asked what it says of itself. */
const LOOK_BEFORE_END_MS = 700;
const RECOVERED_WITHIN_MS = 60_000;
/** Calls that were held up on the way are carried out late, but before what was unanswered is looked at. */
const SETTLE_MS = 1_000;

/** What may fail in the clients of the load; what must fail is the probes' matter. */
const EXPECTED: ReadonlySet<string> = new Set(['no answer', UNAVAILABLE, 'ThrottlingException']);

/** Takes something away for so long, under load and probes, and brings it back. @returns sentences; empty when all is well */
export async function runOutage(run: FaultRun, outage: Outage, ms: number): Promise<string[]> {
  const probes = await probesOf(run);
  const load = await run.load();
  const findings: string[] = [];
  try {
    for (const one of probes) one.start();
    await delay(BEFORE_MS);
    const before = run.facts.acknowledged.length;
    // A freeze takes hold at once, a kill or cut when it has been done.
    await outage.begin();
    const began = performance.now();
    for (const one of probes) one.again();
    await delay(ms - LOOK_BEFORE_END_MS);
    findings.push(...(await readiness(run.cluster.api, outage)), ...((await outage.also?.()) ?? []));
    await delay(Math.max(0, began + ms - performance.now()));
    const ended = performance.now();
    const answered = run.facts.acknowledged.length - before;
    await outage.end();
    const recoveredMs = await recovered(run, probes, ended);
    run.figures.trouble(outage.name, { recoveredMs, answered });
    const judged = judge(
      probes.flatMap(({ outcomes }) => outcomes),
      outage.expected,
      { began, ended, silent: outage.silent },
    );
    run.figures.usesBeyondTheLease += judged.usesBeyondTheLease;
    findings.push(...judged.findings);
  } finally {
    await Promise.all([load.stop(), ...probes.map((one) => one.stop())]);
  }
  await delay(SETTLE_MS);
  return [...findings, ...load.unexpected(EXPECTED), ...(await run.check(load))].map(
    (finding) => `${outage.name}: ${finding}`,
  );
}

async function probesOf({ cluster, facts, token }: FaultRun): Promise<readonly Probes[]> {
  const { api } = cluster;
  return Promise.all(
    api.map((node, index) => Probes.prepare(node, api[(index + 1) % api.length] ?? node, facts, token !== undefined)),
  );
}

async function readiness(nodes: readonly ClusterNode[], { ready }: Outage): Promise<string[]> {
  const findings: string[] = [];
  for (const node of nodes) {
    const answer = await fetch(`${node.url}/health/ready`);
    const text = await answer.text();
    if (answer.status !== ready.status || !ready.says.test(text))
      findings.push(
        `${node.name}, readiness: expected ${ready.status} and ${ready.says.source}, found ${answer.status} ${text}`,
      );
  }
  return findings;
}

/** Until every node is ready and serves, without help. @returns milliseconds since the outage ended */
async function recovered({ cluster }: FaultRun, probes: readonly Probes[], ended: number): Promise<number> {
  await cluster.ready(RECOVERED_WITHIN_MS);
  for (const one of probes) {
    while (!(await one.serves())) {
      if (performance.now() - ended > RECOVERED_WITHIN_MS) throw new Error('a node is ready and does not serve');
      await delay(20);
    }
  }
  return performance.now() - ended;
}
