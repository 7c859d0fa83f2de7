import { Holds } from '@claviger/application';
import { keyStream } from '@claviger/domain';
import { JobQueueUnavailable } from '@claviger/ports';
import { SAMPLE_ACCOUNT, SAMPLE_REGION } from '@claviger/testing';
import { type AdminAnswer, type AdminService, adminService } from '../../../../../test/support/admin.js';

let admin: AdminService;
beforeEach(async () => {
  admin = await adminService();
}, 60_000);
afterEach(() => admin.close());

const newKey = async (): Promise<string> =>
  ((await admin.call('POST', '/keys', { body: { usage: 'ENCRYPT_DECRYPT' } })).body as { keyId: string }).keyId;

/** Turns of the event loop until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Answers of an examination that has to wait for the clock. */
async function examine(): Promise<AdminAnswer> {
  const answer = admin.call('GET', '/doctor');
  let done = false;
  void answer.finally(() => {
    done = true;
  });
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    admin.parts.clock.advance(100);
  }
  return answer;
}

describe('the status', () => {
  it('says how the service is and what holds it back', async () => {
    admin.facts.reasons = ['the audit journal cannot be written'];
    admin.facts.backlog = { journal: 3, events: 0 };
    admin.app.get(Holds).raise({ kind: 'clock', stops: 'destruction', findings: ['It is late.'] });
    const { body } = await admin.call('GET', '/status');
    expect(body).toMatchObject({
      profile: 'test',
      regions: ['us-east-1', 'eu-central-1'],
      hsm: 'software',
      token: null,
      seal: 'keyfile',
      notReady: ['the audit journal cannot be written'],
      journal: { writable: true },
      keyState: { behind: '0', following: true },
      auditView: { behindJournal: 3 },
      holds: [{ kind: 'clock', stops: 'destruction', findings: ['It is late.'] }],
    });
  });
});

describe('an operator', () => {
  it('accepts exactly the report that was read, once, with the reason on record', async () => {
    admin.app.get(Holds).raise({ kind: 'anchor', stops: 'use', findings: ['The journal ends at entry 3.'] });
    const { body } = await admin.call('GET', '/operator/report');
    const { report } = body as { report: string };
    const wrong = await admin.call('POST', '/operator/accept', { body: { report: 'a'.repeat(64) } });
    expect(wrong.status).toBe(412);
    const accepted = await admin.call('POST', '/operator/accept', {
      body: { report },
      headers: { 'x-claviger-reason': 'restored' },
    });
    expect([accepted.status, (accepted.body as { holds: unknown }).holds]).toEqual([200, []]);
    expect(await admin.records(accepted.headers['x-request-id'])).toEqual(['ReportAccepted']);
    expect((await admin.call('POST', '/operator/accept', { body: { report } })).status).toBe(409);
    const { body: found } = await admin.call('GET', '/audit?operation=AcceptReport&result=success');
    expect(found).toMatchObject({ items: [{ reason: 'restored', principalName: 'administrator' }] });
  });
});

describe('a rebuild', () => {
  it.each(['key-state', 'audit-view'])(
    'of the %s is begun, watched, and changes nothing that can be seen',
    async (view) => {
      const keyId = await newKey();
      const begun = await admin.call('POST', `/rebuild/${view}`);
      expect([begun.status, begun.body]).toEqual([202, expect.objectContaining({ view, state: 'running' })]);
      const state = async (): Promise<unknown> =>
        ((await admin.call('GET', `/rebuild/${view}`)).body as { state: string }).state;
      for (let tries = 0; (await state()) === 'running' && tries < 500; tries += 1)
        await new Promise((resolve) => setImmediate(resolve));
      expect((await admin.call('GET', `/rebuild/${view}`)).body).toMatchObject({
        state: 'done',
        endedAt: expect.any(String),
      });
      expect((await admin.call('GET', `/keys/${keyId}`)).status).toBe(200);
      expect((await admin.call('GET', `/audit?key=${keyId}&operation=CreateKey`)).body).toMatchObject({
        items: [{ keyId }],
      });
    },
  );

  it('that fails says so, and the old view goes on serving', async () => {
    const keyId = await newKey();
    jest.spyOn(admin.parts.keyState, 'rebuild').mockRejectedValueOnce(new Error('disk full'));
    await admin.call('POST', '/rebuild/key-state');
    await new Promise((resolve) => setImmediate(resolve));
    expect((await admin.call('GET', '/rebuild/key-state')).body).toMatchObject({ state: 'failed' });
    expect((await admin.call('GET', `/keys/${keyId}`)).status).toBe(200);
  });
});

describe('the jobs', () => {
  interface Listed {
    readonly items: readonly { readonly id: string; readonly state: string; readonly failures: number }[];
    readonly next: string | null;
  }
  const list = async (query = ''): Promise<Listed> => (await admin.call('GET', `/jobs${query}`)).body as Listed;

  /** Lets a job fail until it is dead. */
  async function bury(id: string): Promise<void> {
    const { jobs, clock } = admin.parts;
    await jobs.enqueue([id]);
    for (let tries = 0; (await jobs.list('dead', 0, 9)).every((job) => job.id !== id); tries += 1) {
      if (tries > 20) throw new Error('the job does not die');
      await jobs.settled();
      clock.advance(60 * 60 * 1000);
    }
  }

  it('that have failed too often are listed with their reason, page by page', async () => {
    admin.parts.jobs.work(() => Promise.reject(new Error('The HSM is unavailable.')));
    for (const id of ['rotate-a', 'rotate-b', 'rotate-c']) await bury(id);
    const first = await list('?limit=2');
    expect(first.items).toEqual([
      {
        id: 'rotate-a',
        state: 'dead',
        failures: 8,
        since: expect.stringMatching(/^2026-/),
        notBefore: null,
        reason: 'The HSM is unavailable.',
      },
      expect.objectContaining({ id: 'rotate-b' }),
    ]);
    const second = await list(`?limit=2&cursor=${first.next}`);
    expect([second.items.map(({ id }) => id), second.next]).toEqual([['rotate-c'], null]);
    expect(await list('?state=waiting')).toEqual({ items: [], next: null });
  });

  it.each(['', 'MA', 'LTE', 'MTAwMDAwMDA', 'eA'])('refuse the cursor %j', async (cursor) => {
    const { status, body } = await admin.call('GET', `/jobs?cursor=${cursor}`);
    expect([status, body]).toEqual([400, expect.objectContaining({ type: 'urn:claviger:error:InvalidMarker' })]);
  });

  it('run anew when they are retried, on record with the job and the reason', async () => {
    let well = false;
    const runs: string[] = [];
    admin.parts.jobs.work(async (id) => {
      if (!well) throw new Error('not yet');
      runs.push(id);
    });
    await bury('rotate-a');
    well = true;
    const headers = { 'x-claviger-reason': 'OPS-7' };
    const { status } = await admin.call('POST', '/jobs/rotate-a/retry', { headers });
    await admin.parts.jobs.settled();
    expect([status, runs, (await list()).items]).toEqual([204, ['rotate-a'], []]);
    expect((await admin.call('POST', '/jobs/rotate-a/retry')).status).toBe(404);
    const { body } = await admin.call('GET', '/audit?operation=RetryJob&result=success');
    expect(body).toMatchObject({ items: [{ reason: 'OPS-7', principalName: 'administrator' }] });
  });

  it('cannot be asked for while the queue does not answer', async () => {
    await admin.parts.jobs.close();
    for (const [method, path] of [
      ['GET', '/jobs'],
      ['POST', '/jobs/a/retry'],
    ] as const) {
      expect((await admin.call(method, path)).status).toBe(503);
    }
  });
});

describe('the doctor', () => {
  const findings = async (): Promise<readonly { severity: string; check: string; subject: string }[]> =>
    ((await examine()).body as { findings: readonly { severity: string; check: string; subject: string }[] }).findings;
  const orphan = {
    reference: '11111111-1111-8111-8111-111111111111',
    keyId: 'nobody',
    version: 1,
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
  } as const;

  it('finds nothing but what the seal is when all is well', async () => {
    await newKey();
    expect(await findings()).toEqual([expect.objectContaining({ severity: 'note', check: 'seal' })]);
  });

  it('finds material without an event, and a version without material', async () => {
    const keyId = await newKey();
    await admin.parts.hsm.generate(orphan);
    const { items } = admin.parts.keyState.listMaterial(undefined, 10);
    const [reference] = items.map((item) => item.reference);
    await admin.parts.hsm.destroy({ ...orphan, reference: String(reference), keyId });
    expect(await findings()).toMatchObject([
      { severity: 'problem', check: 'material', subject: `${keyId} version 1` },
      { severity: 'warning', check: 'material', subject: orphan.reference },
      { severity: 'note' },
    ]);
  });

  it('does not take a key that is being made for an orphan', async () => {
    const generate = admin.parts.hsm.generate.bind(admin.parts.hsm);
    let generated = false;
    let go = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      go = resolve;
    });
    jest.spyOn(admin.parts.hsm, 'generate').mockImplementationOnce(async (material) => {
      const made = await generate(material);
      generated = true;
      await held;
      return made;
    });
    const list = admin.parts.hsm.list.bind(admin.parts.hsm);
    jest.spyOn(admin.parts.hsm, 'list').mockImplementation(async (after, count) => {
      // Its event comes a second after the device was looked at.
      admin.parts.clock.after(1_000, go);
      return list(after, count);
    });
    const making = newKey();
    await until(() => generated);
    const examined = examine();
    await making;
    expect((await examined).body).toMatchObject({ findings: [{ check: 'seal' }] });
  });

  it('finds resources out of use, holds, and what the process says of its files', async () => {
    const keyId = await newKey();
    admin.parts.keyState.condemn(keyStream(SAMPLE_ACCOUNT, SAMPLE_REGION, keyId), 'event 0 does not verify');
    admin.app.get(Holds).raise({ kind: 'clock', stops: 'destruction', findings: ['The clock is behind.'] });
    admin.facts.findings = [
      { severity: 'warning', check: 'files', subject: '/data', message: 'Others can read it.', advice: 'chmod 700' },
    ];
    admin.facts.backlog = { journal: 20_000, events: 0 };
    expect((await findings()).map(({ severity, check }) => `${severity} ${check}`)).toEqual([
      'problem streams',
      'problem holds',
      'warning read-models',
      'warning files',
      'note seal',
    ]);
  });

  it('finds jobs that are dead, and a queue that is gone', async () => {
    const counts = jest.spyOn(admin.parts.jobs, 'counts');
    counts.mockResolvedValueOnce({ waiting: 1, running: 0, dead: 2 });
    expect(await findings()).toContainEqual(
      expect.objectContaining({ check: 'jobs', message: '2 jobs have failed too often.' }),
    );
    counts.mockRejectedValueOnce(new JobQueueUnavailable('unreachable', 'nobody is there'));
    expect(await findings()).toContainEqual(
      expect.objectContaining({ check: 'jobs', message: expect.stringContaining('does not answer') }),
    );
  });

  it('finds what is overdue', async () => {
    const keyId = await newKey();
    await admin.call('POST', `/keys/${keyId}/schedule-deletion`, { body: { windowDays: 7 } });
    admin.parts.clock.advance(8 * 24 * 60 * 60 * 1000);
    expect(await findings()).toContainEqual(
      expect.objectContaining({ check: 'schedule', subject: `${keyId} in us-east-1` }),
    );
  });
});
