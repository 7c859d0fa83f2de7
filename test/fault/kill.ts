import { setTimeout as delay } from 'node:timers/promises';
import type { TestServer } from '@claviger/testing';
import type { Chance } from '../servers/random.js';
import type { Facts } from './facts.js';

/** Answered calls after which a process is killed at the latest. */
const MOST_CALLS = 600;
const MOST_LOAD_MS = 5_000;

/** Until so many calls were answered, and then to no call's measure. */
export async function busyFor(facts: Facts, chance: Chance, mostCalls = MOST_CALLS): Promise<void> {
  const calls = facts.acknowledged.length + chance.below(mostCalls, 5);
  const deadline = Date.now() + MOST_LOAD_MS;
  while (facts.acknowledged.length < calls && Date.now() < deadline) await delay(2);
  await delay(chance.below(25));
}

/** Starting is work too, and may be cut off as well. */
export async function killWhileStarting(server: TestServer, chance: Chance): Promise<void> {
  server.launch({ CLAVIGER_PORT: new URL(server.url).port });
  await delay(chance.below(1_200, 50));
  await server.kill();
}
