import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyCreated, rotated } from '@claviger/testing';
import { accountDecider } from '../account/decider.js';
import { aliasDecider } from '../alias/decider.js';
import { evolveKey } from '../key/evolve.js';
import { explainKeyEvent } from '../key/explain.js';
import type { KeyEvent } from '../key/events.js';
import { operatorDecider } from '../operator/operator.js';
import { principalDecider } from '../principal/decider.js';
import type { StreamCategory } from '../streams.js';
import { usesDecider } from '../uses/decider.js';
import { decodeEvent, EVENT_TYPES, schemaVersionOf, type StoredEvent } from './registry.js';

/** Every event type as stores hold it, per schemaVersion. A fixture is written once (tools/fixtures) and never changes. */
interface Fixture {
  readonly category: StreamCategory;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: unknown;
}
const folder = join(__dirname, '..', 'fixtures');
const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string): Fixture => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Fixture;
const fixtures = names.map(read);
const AT = Date.UTC(2026, 10, 25);

describe('stored events', () => {
  it('have a fixture for every type and schemaVersion', () => {
    const stored = fixtures.map(({ category, type, schemaVersion }) => `${category} ${type} ${schemaVersion}`);
    const wanted = Object.entries(EVENT_TYPES).flatMap(([category, types]) =>
      types.flatMap((type) =>
        Array.from({ length: schemaVersionOf(type as StoredEvent['type']) }, (_, i) => `${category} ${type} ${i + 1}`),
      ),
    );
    expect(stored.sort()).toEqual(wanted.sort());
  });

  it('stay as they were released, byte for byte', () => {
    const lock = readFileSync(join(folder, 'fixtures.lock'), 'utf8').trimEnd().split('\n').sort();
    const present = names.map((name) => {
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
      return `${digest}  ${name}`;
    });
    expect(present.sort()).toEqual(lock);
  });

  it.each(fixtures)(
    'are understood and folded: $type version $schemaVersion',
    ({ category, type, schemaVersion, data }) => {
      const event = decodeEvent(category, type, schemaVersion, data);
      if (schemaVersion === schemaVersionOf(type as StoredEvent['type'])) expect(event).toEqual({ type, data });
      else expect(event).toMatchObject({ type, data: data as object });
      expect(fold(category, event as StoredEvent)).toEqual(expect.any(Object));
      if (category === 'key') expect(explainKeyEvent(event as KeyEvent)).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('events of version 1 that say nothing of tokens', () => {
  it.each(['KeyCreated', 'VersionRotated', 'VersionStaged'])('are of material in software: %s', (type) => {
    const event = decodeEvent('key', type, 1, read(`${type}.v1.json`).data);
    expect(event?.data).toHaveProperty('material.token', null);
  });

  it('leave a rotation to a staged version without material', () => {
    const data = { ...(read('VersionRotated.v1.json').data as object), material: null };
    expect(decodeEvent('key', 'VersionRotated', 1, data)?.data).toHaveProperty('material', null);
  });

  it('are of accounts whose keys are made in software', () => {
    for (const type of ['AccountCreated', 'AccountDefaultsChanged']) {
      const event = decodeEvent('account', type, 1, read(`${type}.v1.json`).data);
      expect(event?.data).toHaveProperty('defaults.protectionLevel', 'SOFTWARE');
    }
  });
});

/** On what an event of this kind usually finds. */
function fold(category: StreamCategory, event: StoredEvent): unknown {
  switch (category) {
    case 'key': {
      const created = event.type === 'KeyCreated' ? null : evolveKey(null, keyCreated(), AT - 1);
      const state = rotated(2, 1).reduce(
        (folded, each) => (folded === null ? null : evolveKey(folded, each, AT - 1)),
        created,
      );
      return evolveKey(state, event as KeyEvent, AT);
    }
    case 'alias': {
      const created = read('AliasCreated.v1.json').data as {
        account: string;
        region: string;
        name: string;
        keyId: string;
      };
      const state =
        event.type === 'AliasCreated'
          ? null
          : aliasDecider.evolve(null, { type: 'AliasCreated', data: created }, AT - 1);
      return aliasDecider.evolve(state, event as never, AT);
    }
    case 'uses':
      return usesDecider.evolve(usesDecider.initialState, event as never, AT);
    case 'principal': {
      const created = decodeEvent('principal', 'PrincipalCreated', 1, read('PrincipalCreated.v1.json').data);
      const state = event.type === 'PrincipalCreated' ? null : principalDecider.evolve(null, created as never, AT - 1);
      return principalDecider.evolve(state, event as never, AT);
    }
    case 'account': {
      const created = decodeEvent('account', 'AccountCreated', 1, read('AccountCreated.v1.json').data);
      const state = event.type === 'AccountCreated' ? null : accountDecider.evolve(null, created as never, AT - 1);
      return accountDecider.evolve(state, event as never, AT);
    }
    case 'operator':
      return operatorDecider.evolve(operatorDecider.initialState, event as never, AT);
    case 'unique':
      return undefined;
  }
}
