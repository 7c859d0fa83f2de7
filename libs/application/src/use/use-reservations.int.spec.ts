import { usesStream } from '@claviger/domain';
import { type EventStore, EventStoreUnavailable } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type MemoryService, memoryService } from '../../../../test/support/memory-service.js';
import { AuditTrail } from '../audit-trail.js';
import { Encrypt } from './encrypt.js';
import { UseReservations } from './use-reservations.js';

const KEYS = 600;

let service: MemoryService;
let running = 0;
let most = 0;
let fails = false;

/** Counts appends that are under way at the same time, and refuses them on demand. */
function counted(store: EventStore): EventStore {
  const append = store.append.bind(store);
  store.append = async (...args) => {
    if (fails) throw new EventStoreUnavailable('the disk is full');
    running += 1;
    most = Math.max(most, running);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      return await append(...args);
    } finally {
      running -= 1;
    }
  };
  return store;
}

/** Keys that were used once each: all of them have reserved uses left. */
async function usedKeys(): Promise<readonly string[]> {
  const keyIds: string[] = [];
  for (let made = 0; made < KEYS; made += 1) keyIds.push((await service.createKey()).key.keyId);
  for (const keyId of keyIds) {
    const call = service.call('Encrypt');
    await service.app.get(AuditTrail).run(call, () =>
      service.app.get(Encrypt).execute(call, {
        key: { kind: 'id', keyId },
        plaintext: Buffer.from('text'),
        context: {},
        algorithm: 'SYMMETRIC_DEFAULT',
        dryRun: false,
      }),
    );
  }
  return keyIds;
}

async function lastEvent(keyId: string): Promise<string | undefined> {
  const events = await service.parts.store.readStream(usesStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId, 1), 0, 10);
  return events.at(-1)?.type;
}

describe('giving back reserved uses on a clean stop', () => {
  beforeEach(async () => {
    fails = false;
    service = await memoryService(counted);
  });
  afterEach(() => service.close());

  it('returns those of every key, with a bounded number of appends at a time', async () => {
    const keyIds = await usedKeys();
    most = 0;
    await service.app.get(UseReservations).returnAll();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(256);
    expect(new Set(await Promise.all(keyIds.map(lastEvent)))).toEqual(new Set(['UsesReturned']));
  }, 30_000);

  it('lets the stop go on when the store refuses, and says how many count as used', async () => {
    const keyIds = await usedKeys();
    fails = true;
    await service.app.get(UseReservations).returnAll();
    expect(new Set(await Promise.all(keyIds.map(lastEvent)))).toEqual(new Set(['UsesReserved']));
    expect(service.parts.log.join('\n')).toContain(`"versions":${KEYS}`);
  }, 30_000);
});
