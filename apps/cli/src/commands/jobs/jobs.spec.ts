import { cliRig } from '../../../../../test/support/cli/rig.js';

const rig = cliRig();

const job = (id: string, more: object = {}): object => ({
  id,
  state: 'dead',
  failures: 8,
  since: '2026-11-24T03:12:09.000Z',
  notBefore: null,
  reason: 'The HSM is unavailable.',
  ...more,
});

describe('claviger jobs list', () => {
  it('shows the jobs that are dead, and why', async () => {
    rig.reply = () => ({ body: { items: [job('rotate-a-v1'), job('destroy-b', { reason: null })], next: null } });
    expect(await rig.claviger('jobs', 'list')).toBe(0);
    expect(rig.asked()).toEqual(['GET /api/v1/jobs?state=dead']);
    expect(rig.io.stdout).toBe(
      [
        'JOB          SINCE (UTC)          FAILURES  REASON',
        'rotate-a-v1  2026-11-24 03:12:09         8  The HSM is unavailable.',
        'destroy-b    2026-11-24 03:12:09         8',
        '',
      ].join('\n'),
    );
  });

  it('asks for another state, page after page, and answers as JSON', async () => {
    rig.reply = ({ url }) => ({
      body: url.includes('cursor') ? { items: [job('b')], next: null } : { items: [job('a')], next: 'Mg' },
    });
    expect(await rig.claviger('jobs', 'list', '--state', 'WAITING', '--all', '--json')).toBe(0);
    expect(rig.asked()).toEqual([
      'GET /api/v1/jobs?state=waiting&limit=500',
      'GET /api/v1/jobs?state=waiting&limit=500&cursor=Mg',
    ]);
    expect(JSON.parse(rig.io.stdout)).toMatchObject({ items: [{ id: 'a' }, { id: 'b' }], next: null });
  });

  it('says when there is none, and shows nothing that a terminal would take for a command', async () => {
    rig.reply = () => ({ body: { items: [], next: null } });
    expect(await rig.claviger('jobs', 'list')).toBe(0);
    expect(rig.io.stdout).toBe('No job is dead.\n');
    rig.io.stdout = '';
    rig.reply = () => ({ body: { items: [job('\u001b[2Jforged', { reason: '\u001b]0;x\u0007' })], next: null } });
    await rig.claviger('jobs', 'list');
    expect(rig.io.stdout).not.toContain('\u001b');
  });
});

describe('claviger jobs retry', () => {
  it('retries what was named, each with the reason, and tells of each', async () => {
    rig.reply = ({ url }) =>
      url.includes('gone')
        ? { status: 404, body: { title: 'Not found', detail: 'No dead job is called so.' } }
        : { status: 204 };
    expect(await rig.claviger('jobs', 'retry', 'rotate-a-v1', 'gone', 'destroy-b', '--reason', 'OPS-12')).toBe(1);
    expect(rig.asked()).toEqual([
      'POST /api/v1/jobs/rotate-a-v1/retry',
      'POST /api/v1/jobs/gone/retry',
      'POST /api/v1/jobs/destroy-b/retry',
    ]);
    expect(rig.service.asked[0]).toMatchObject({ headers: { 'x-claviger-reason': 'OPS-12' } });
    expect(rig.io.stdout).toMatch(
      /^rotate-a-v1: runs anew\ngone: .*No dead job is called so.*\ndestroy-b: runs anew\n$/,
    );
  });

  it('retries all that are dead', async () => {
    rig.reply = ({ method }) => (method === 'GET' ? { body: { items: [job('a b')], next: null } } : { status: 204 });
    expect(await rig.claviger('jobs', 'retry', '--all', '--json')).toBe(0);
    expect(rig.asked()).toEqual(['GET /api/v1/jobs?state=dead&limit=500', 'POST /api/v1/jobs/a b/retry']);
    expect(JSON.parse(rig.io.stdout)).toEqual({ jobs: [{ job: 'a b', retried: true, problem: null }] });
    rig.reply = () => ({ body: { items: [], next: null } });
    rig.io.stdout = '';
    expect(await rig.claviger('jobs', 'retry', '--all')).toBe(0);
    expect(rig.io.stdout).toBe('No job is dead.\n');
  });

  it.each([[[]], [['a', '--all']]])('does not guess which are meant: %j', async (rest) => {
    expect(await rig.claviger('jobs', 'retry', ...rest)).toBe(2);
    expect(rig.asked()).toEqual([]);
  });
});
