import { keyStream } from '@claviger/domain';
import fc from 'fast-check';
import { rowOfEntry } from './entry-row.js';
import { rowOfEvent } from './event-row.js';
import { DAMAGED, isSameRecord, mergeRows } from './row.js';
import { ACCOUNT, entry, event, KEY, metadata, REGION, START_AT } from './spec-support.js';

describe('the row of a journal entry', () => {
  it('says who, when, what, why, from where, with which result, on which key and version (R-154, R-165)', () => {
    const recorded = entry(
      7,
      {
        result: 'denied',
        error: 'AccessDenied',
        version: 3,
        decidedOn: { key: 4, policy: 1, principal: 2 },
        extra: { bytes: 32 },
      },
      { userAgent: 'aws-cli/2.9', reason: 'ticket 12', context: { tenant: 'a' }, named: 'alias/x' },
    );
    expect(rowOfEntry(recorded)).toEqual({
      at: START_AT + 7,
      source: 'journal',
      position: '7',
      requestId: 'request-7',
      account: ACCOUNT,
      region: REGION,
      principal: 'user-1',
      principalName: 'alice',
      operation: 'Decrypt',
      protocol: 'aws-kms',
      result: 'denied',
      error: 'AccessDenied',
      keyId: KEY,
      version: 3,
      versions: [3],
      sourceAddress: '10.0.0.1',
      userAgent: 'aws-cli/2.9',
      reason: 'ticket 12',
      named: 'alias/x',
      context: { tenant: 'a' },
      eventTypes: [],
      node: 'n1',
      decidedOn: { key: 4, policy: 1, principal: 2 },
      calls: 1,
      erased: false,
      extra: { bytes: 32 },
    });
  });

  it('keeps apart long values that begin alike, and stays bounded', () => {
    const long = 'x'.repeat(5_000);
    const one = rowOfEntry(entry(1, {}, { name: `${long}1`, source: `${long}1` }));
    const two = rowOfEntry(entry(2, {}, { name: `${long}2` }));
    expect(one.principalName).toHaveLength(512);
    expect(one.principalName).not.toBe(two.principalName);
  });

  it('keeps a context member named __proto__ a member', () => {
    const recorded = { ...entry(1), detail: '{"context":{"__proto__":"evil","a":"b"}}' };
    const { context } = rowOfEntry(recorded);
    expect(Object.entries(context)).toEqual([
      ['__proto__', 'evil'],
      ['a', 'b'],
    ]);
    expect(Object.getPrototypeOf(context)).toBe(Object.prototype);
  });

  it('takes over plain members of extra, also one named __proto__, and nothing nested', () => {
    const open = entry(1).open.replace(/}$/, ',"extra":{"__proto__":"evil","bytes":32,"deep":{"a":1},"none":null}}');
    const { extra } = rowOfEntry({ ...entry(1), open });
    expect(Object.entries(extra)).toEqual([
      ['__proto__', 'evil'],
      ['bytes', 32],
      ['none', null],
    ]);
  });

  it('says so where the context was larger than what the view keeps', () => {
    const context = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']));
    const row = rowOfEntry(entry(1, {}, { context }));
    expect(Object.keys(row.context)).toHaveLength(64);
    expect(row.extra['contextCut']).toBe(true);
  });

  it.each([
    '',
    'null',
    '{}',
    '{"v":2}',
    '[1]',
    '{"v":1,"id":"a","at":"b","node":"c","protocol":"d","operation":"e","result":"perhaps"}',
  ])('becomes a row that says so where the entry is damaged: %s', (open) => {
    const row = rowOfEntry({ ...entry(9), open });
    expect(row).toMatchObject({ position: '9', account: ACCOUNT, result: 'failure', error: DAMAGED });
    expect(typeof row.extra['damaged']).toBe('string');
  });

  it('never throws, whatever an entry holds', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((value) => JSON.stringify({ v: 1, ...value })),
    );
    const openLike = fc.record({
      v: fc.constant(1),
      ...Object.fromEntries(['id', 'at', 'node', 'protocol', 'operation'].map((name) => [name, fc.string()])),
      result: fc.constantFrom('success', 'denied', 'failure', 'x'),
      ...Object.fromEntries(
        ['principal', 'region', 'key', 'version', 'decidedOn', 'extra', 'calls', 'error'].map((name) => [
          name,
          fc.jsonValue(),
        ]),
      ),
    });
    const open = fc.oneof(
      texts,
      openLike.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(open, texts, fc.string(), fc.oneof(fc.double(), fc.integer()), (openText, detail, account, at) => {
        const row = rowOfEntry({ sequence: 1, account, at, open: openText, detail, erased: false });
        expect(Number.isSafeInteger(row.at)).toBe(true);
        expect(['success', 'denied', 'failure']).toContain(row.result);
      }),
    );
  });
});

describe('the row of an event', () => {
  it('takes account, region and key from the stream, the rest from the metadata (R-156)', () => {
    const rotated = event(12, 'VersionRotated', {
      version: 2,
      from: 1,
      trigger: 'on_demand',
      material: { reference: 'r' },
    });
    const row = rowOfEvent(rotated, '{"source":"10.0.0.9","name":"bob","reason":"yearly"}', 0);
    expect(row).toMatchObject({
      at: START_AT,
      source: 'event',
      position: '12',
      requestId: 'change-1',
      account: ACCOUNT,
      region: REGION,
      keyId: KEY,
      principal: 'user-2',
      principalName: 'bob',
      sourceAddress: '10.0.0.9',
      reason: 'yearly',
      operation: 'RotateKeyOnDemand',
      result: 'success',
      version: 2,
      versions: [2, 1],
      eventTypes: ['VersionRotated'],
      decidedOn: { key: 3, principal: 0 },
      extra: { trigger: 'on_demand', from: 1 },
    });
    expect(JSON.stringify(row)).not.toContain('reference');
  });

  it.each([
    [keyStream(ACCOUNT, 'us-gov-west-1', KEY), {}, 'us-gov-west-1', KEY],
    [keyStream(ACCOUNT, 'local', KEY), {}, 'local', KEY],
    [`uses-${ACCOUNT}-us-east-1-${KEY}-7`, {}, 'us-east-1', KEY],
    [`uses-${ACCOUNT}-local-${KEY}-7`, {}, 'local', KEY],
    [`alias-${ACCOUNT}-us-east-1-prod-1-x`, { keyId: 'k-1' }, 'us-east-1', 'k-1'],
    [`alias-${ACCOUNT}-us-east-1-prod`, { from: 'k-1', to: 'k-2' }, 'us-east-1', 'k-2'],
    ['principal-user-3', { region: 7 }, null, null],
  ])('reads the stream %s', (stream, data, region, keyId) => {
    const type = 'to' in data ? 'AliasRetargeted' : 'Something';
    const row = rowOfEvent(event(1, type, data, { stream }), '', 0);
    expect(row).toMatchObject({ account: ACCOUNT, region, keyId });
  });

  it('names the version of a reservation of uses, and of a destruction all versions', () => {
    const uses = event(
      1,
      'UsesReserved',
      { total: 1_024, block: 1_024 },
      { stream: `uses-${ACCOUNT}-us-east-1-${KEY}-7` },
    );
    expect(rowOfEvent(uses, '', 0)).toMatchObject({ version: 7, extra: { total: 1_024, block: 1_024 } });
    expect(rowOfEvent(event(1, 'MaterialDestroyed', { versions: [1, 2, 3] }), '', 0)).toMatchObject({
      version: null,
      versions: [1, 2, 3],
    });
  });

  it('never shows hashes of tokens or references of secrets', () => {
    const issued = event(
      1,
      'AccessKeyIssued',
      { accessKeyId: 'AKIA1', secret: 'ref-1', hash: 'abc' },
      { stream: 'principal-p' },
    );
    expect(rowOfEvent(issued, '', 0).extra).toEqual({ accessKeyId: 'AKIA1' });
  });

  it('says so where the event does not verify, is unreadable, or its detail cannot be opened or was erased', () => {
    const sealed = metadata({ detail: '0.AAAA' });
    expect(rowOfEvent(event(1, 'Disabled', {}, { damaged: true }), '', 0)).toMatchObject({
      result: 'failure',
      error: DAMAGED,
      keyId: KEY,
    });
    expect(rowOfEvent(event(1, 'Disabled', {}, { metadata: '{' }), '', 42)).toMatchObject({
      at: 42,
      error: DAMAGED,
      account: ACCOUNT,
    });
    expect(rowOfEvent(event(1, 'Disabled', {}, { data: '[]' }), '', 42)).toMatchObject({ error: DAMAGED });
    expect(rowOfEvent(event(1, 'Disabled', {}, { metadata: sealed }), null, 0)).toMatchObject({
      error: null,
      erased: false,
      extra: { detailUnreadable: true },
    });
    expect(rowOfEvent(event(1, 'Disabled', {}, { metadata: sealed }), '', 0)).toMatchObject({
      error: null,
      erased: true,
    });
    expect(rowOfEvent(event(1, 'Disabled', {}, { metadata: sealed }), '{}', 0)).toMatchObject({
      error: null,
      erased: true,
    });
  });

  it('never throws, whatever an event holds', () => {
    const text = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(text, text, text, fc.string(), text, (data, meta, detail, type, stream) => {
        const row = rowOfEvent(event(1, type, {}, { data, metadata: meta, stream }), detail, 5);
        expect(Number.isSafeInteger(row.at)).toBe(true);
      }),
    );
  });
});

describe('one record of several events', () => {
  const rotated = rowOfEvent(event(5, 'VersionRotated', { version: 2, from: 1 }), '', 0);
  const pending = rowOfEvent(event(6, 'PendingRetirement', { version: 1 }), '', 0);

  it('lists the types and versions of all of them, and keeps the place of the first', () => {
    expect(isSameRecord(rotated, pending)).toBe(true);
    expect(mergeRows(rotated, pending)).toMatchObject({
      position: '5',
      version: 2,
      versions: [2, 1],
      eventTypes: ['VersionRotated', 'PendingRetirement'],
    });
  });

  it.each([
    ['another request', { metadata: metadata({ requestId: 'change-2' }) }],
    ['no request', { metadata: metadata({ requestId: '' }) }],
    ['another key', { stream: `key-${ACCOUNT}-${REGION}-other` }],
    ['another account', { stream: `key-999999999999-${REGION}-${KEY}` }],
    ['a damage', { damaged: true as const }],
  ])('does not take in an event of %s', (_, changes) => {
    expect(isSameRecord(rotated, rowOfEvent(event(6, 'PendingRetirement', { version: 1 }, changes), '', 0))).toBe(
      false,
    );
  });
});
