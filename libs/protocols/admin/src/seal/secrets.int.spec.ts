import { type AdminService, adminService } from '../../../../../test/support/admin.js';

let admin: AdminService;

beforeAll(async () => {
  admin = await adminService();
}, 60_000);
afterAll(() => admin.close());

describe('what opens a seal, in a call that is refused', () => {
  // Elsewhere a refusal tells short words, numbers and dates back.
  it.each([
    ['/operator/rekey/passphrase', { present: 'hunter', next: 31_415_926 }],
    ['/operator/rekey/passphrase', { present: 31_415_926, next: 'hunter' }],
    ['/operator/rekey/passphrase', { present: 'hunter', next: null }],
    ['/operator/rekey/share', { share: ['hunter'] }],
    ['/operator/unseal', { share: 31_415_926, passphrase: 'hunter' }],
    ['/operator/init', { passphrase: { hunter: 31_415_926 } }],
  ])('is neither in the answer nor in a record: %s %j', async (path, body) => {
    const answer = await admin.call('POST', path, { body });
    expect(answer.status).toBe(400);
    const entries = await admin.parts.journal.read(0, 1_000);
    for (const text of [answer.text, JSON.stringify(entries), admin.parts.log.join('')]) {
      expect(text).not.toMatch(/hunter|31415926/);
    }
  });

  it('is not in the log or a record when it is taken and of no use either', async () => {
    const present = 'the present passphrase';
    const answer = await admin.call('POST', '/operator/rekey/passphrase', { body: { present, next: present } });
    expect(answer.body).toMatchObject({ status: 409, detail: expect.stringContaining('not under a passphrase') });
    const entries = await admin.parts.journal.read(0, 1_000);
    for (const text of [answer.text, JSON.stringify(entries), admin.parts.log.join('')]) {
      expect(text).not.toContain(present);
    }
  });
});
