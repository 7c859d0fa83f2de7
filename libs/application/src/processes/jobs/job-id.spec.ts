import { type DueAction, type KeyState } from '@claviger/domain';
import { requireJobId } from '@claviger/ports';
import fc from 'fast-check';
import { jobIdOf, parseJobId } from './job-id.js';

const KEY = '0198a000-0000-8000-8000-000000000001';
const key = { account: '111122223333', region: 'us-east-1', keyId: KEY, lastVersion: 3 } as unknown as KeyState;
const idOf = (command: DueAction['command']): string => jobIdOf(key, { dueAt: 0, command });

const COMMANDS: readonly [DueAction['command'], string][] = [
  [{ type: 'RotateKey', trigger: 'automatic', period: '', spec: null }, `rotate-111122223333-us-east-1-${KEY}-v3`],
  [{ type: 'StartDestruction' }, `destroy-111122223333-us-east-1-${KEY}`],
  [{ type: 'RecordDestruction', versions: [1, 2] }, `destroy-111122223333-us-east-1-${KEY}`],
  [{ type: 'ExpireVersion', version: 2 }, `expire-111122223333-us-east-1-${KEY}-v2`],
  [{ type: 'NotifyExpiry', version: 2 }, `expire-111122223333-us-east-1-${KEY}-v2`],
  [{ type: 'RetireVersion', version: 1 }, `expire-111122223333-us-east-1-${KEY}-v1`],
];

describe('the id of a job', () => {
  it.each(COMMANDS)('of %j is %s, which a queue takes and which says where to look', (command, id) => {
    expect(idOf(command)).toBe(id);
    expect(() => requireJobId(id)).not.toThrow();
    expect(parseJobId(id)).toEqual({
      type: id.split('-', 1)[0],
      account: '111122223333',
      region: 'us-east-1',
      keyId: KEY,
    });
  });

  it('has room in a queue for the longest names there are', () => {
    const longest = { ...key, region: 'r'.repeat(32), lastVersion: 4_294_967_295 };
    const id = jobIdOf(longest, {
      dueAt: 0,
      command: { type: 'RotateKey', trigger: 'automatic', period: '', spec: null },
    });
    expect(() => requireJobId(id)).not.toThrow();
    expect(parseJobId(id)?.region).toBe(longest.region);
  });

  it.each([
    '',
    'rotate',
    `rotate-111122223333-us-east-1-${KEY}-v0`,
    `rotate-111122223333-us-east-1-${KEY}-v99999999999`,
    `rotate-111122223333-us-east-1-${KEY}-v1 `,
    `rotate-111122223333-us-east-1-${KEY}-v1\n`,
    `rotate-11112222333-us-east-1-${KEY}-v1`,
    `rotate-111122223333-${KEY}-v1`,
    `rotate-111122223333-us-east-1-${KEY.toUpperCase()}-v1`,
    `export-111122223333-us-east-1-${KEY}-v1`,
    `__proto__-111122223333-us-east-1-${KEY}`,
    `rotate-111122223333-${'a'.repeat(300)}-${KEY}`,
  ])('is not %j', (text) => {
    expect(parseJobId(text)).toBeUndefined();
  });

  it('is asked of any text without an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
        const name = parseJobId(text);
        if (name !== undefined) expect(text).toContain(name.keyId);
      }),
    );
  });
});
