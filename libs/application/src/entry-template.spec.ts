import { canonicalContext } from '@claviger/crypto';
import { parseEntryDetail, parseOpenEntry } from '@claviger/ports';
import fc from 'fast-check';
import { type CallContext, newFacts } from './call-context.js';
import { entryDetail, EntryTemplates } from './entry-template.js';

const NOW = Date.UTC(2026, 10, 24, 3, 15);

function callOf(changes: Partial<CallContext> = {}): CallContext {
  return {
    caller: {
      id: 'p-1',
      account: '000000000000',
      name: 'administrator',
      arn: 'arn:aws:iam::0:user/a',
      administrator: true,
      environment: null,
      revision: 3,
    },
    region: 'us-east-1',
    source: { address: '127.0.0.1', userAgent: 'aws-cli/2.9' },
    requestId: 'r-1',
    protocol: 'aws-kms',
    operation: 'Decrypt',
    reason: null,
    receivedAt: NOW,
    idempotencyKey: null,
    requestHash: null,
    ifMatch: null,
    facts: newFacts(),
    ...changes,
  };
}

describe('journal entries made from templates', () => {
  it('say who, what, when, where, why, result, key, version and revisions (R-154)', () => {
    const call = callOf({ reason: 'ticket 4711' });
    Object.assign(call.facts, {
      keyId: 'k-1',
      version: 2,
      decidedOn: { principal: 3, key: 7, policy: 1 },
      context: canonicalContext({ order: '4711' }),
      named: 'alias/x',
      counts: true,
    });
    const entry = new EntryTemplates('node-1').entry(call, 'success', undefined, NOW);
    expect(parseOpenEntry(entry.open)).toEqual({
      v: 1,
      id: 'r-1',
      at: '2026-11-24T03:15:00.000Z',
      node: 'node-1',
      principal: 'p-1',
      account: '000000000000',
      region: 'us-east-1',
      protocol: 'aws-kms',
      operation: 'Decrypt',
      result: 'success',
      key: 'k-1',
      version: 2,
      counts: true,
      decidedOn: { principal: 3, key: 7, policy: 1 },
    });
    expect(parseEntryDetail(entry.detail)).toEqual({
      ...entryDetail(call),
      context: { order: '4711' },
    });
    expect(entry).toMatchObject({ account: '000000000000', at: NOW });
  });

  it('are JSON whatever a caller puts in: nothing that a caller chose can add or end a member', () => {
    const anything = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        anything,
        anything,
        anything,
        fc.dictionary(anything, anything),
        (userAgent, reason, named, context) => {
          const call = callOf({ source: { address: '::1', userAgent }, reason });
          Object.assign(call.facts, { named, context: canonicalContext(context) });
          const entry = new EntryTemplates('n').entry(call, 'failure', 'NotFound', NOW);
          expect(Object.keys(JSON.parse(entry.open) as object)).not.toContain('key');
          const detail = JSON.parse(entry.detail) as Record<string, unknown>;
          expect(detail['userAgent']).toBe(userAgent);
          expect(detail['reason']).toBe(reason);
          expect(detail['named']).toBe(named);
        },
      ),
    );
  });

  it('keep two principals, operations and Regions apart, template for template', () => {
    const templates = new EntryTemplates('n');
    const first = templates.entry(callOf(), 'success', undefined, NOW);
    const second = templates.entry(callOf({ operation: 'Encrypt', region: 'eu-west-1' }), 'success', undefined, NOW);
    expect(parseOpenEntry(first.open)).toMatchObject({ operation: 'Decrypt', region: 'us-east-1' });
    expect(parseOpenEntry(second.open)).toMatchObject({ operation: 'Encrypt', region: 'eu-west-1' });
  });

  it('never count a use that failed', () => {
    const call = callOf();
    call.facts.counts = true;
    expect(
      parseOpenEntry(new EntryTemplates('n').entry(call, 'failure', 'Internal', NOW).open)?.counts,
    ).toBeUndefined();
  });
});
