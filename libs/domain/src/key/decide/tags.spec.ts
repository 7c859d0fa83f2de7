import { given, keyCreated, later, storedMaterial } from '@claviger/testing';
import { KmsError } from '../../errors.js';
import type { Tag } from '../attributes.js';
import { keyDecider } from '../decider.js';
import type { KeyEvent } from '../events.js';
import { listedTags, splitReservedTags } from '../tags.js';

const key = given(
  keyDecider,
  keyCreated({
    environment: 'prod',
    owner: 'payments',
    taggedAttributes: ['environment'],
    tags: [{ key: 'a', value: '1' }],
  }),
);
const tag = (...tags: readonly Tag[]) => ({ type: 'TagKey', tags }) as const;
const untag = (...keys: readonly string[]) => ({ type: 'UntagKey', keys }) as const;
const tagged = (...tags: readonly Tag[]): KeyEvent => ({ type: 'Tagged', data: { tags } });
const many = (count: number): Tag[] => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }));

describe('tagging a key (R-88)', () => {
  it('records only what is new or different', () => {
    const state = key
      .when(tag({ key: 'a', value: '1' }, { key: 'b', value: '2' }), later(0))
      .then(tagged({ key: 'b', value: '2' }));
    expect(state?.tags).toEqual([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
    expect(key.when(tag({ key: 'a', value: '2' }), later(0)).then(tagged({ key: 'a', value: '2' }))?.tags).toEqual([
      { key: 'a', value: '2' },
    ]);
    key.when(tag({ key: 'a', value: '1' }), later(0)).thenNothing();
    key.when(tag(), later(0)).thenNothing();
  });

  it('refuses bad tags in the words that AWS clients know', () => {
    key
      .when(tag({ key: 'x', value: '1' }, { key: 'x', value: '2' }), later(0))
      .thenThrows('InvalidTag', /^Duplicate tag keys$/);
    key
      .when(tag({ key: 'aws:x', value: '1' }), later(0))
      .thenThrows('InvalidTag', /^Tags beginning with aws: are reserved$/);
    key.when(tag({ key: 'AWS:x', value: '1' }), later(0)).thenThrows('InvalidTag');
    key.when(tag(...many(51)), later(0)).thenThrows('InvalidTag', /^Too many tags$/);
    key.when(tag({ key: '', value: '' }), later(0)).thenThrows('InvalidTag');
    key.when(tag({ key: 'x'.repeat(129), value: '' }), later(0)).thenThrows('InvalidTag');
    key.when(tag({ key: 'x', value: 'x'.repeat(257) }), later(0)).thenThrows('InvalidTag');
  });

  it('counts fifty in all, the attributes that are listed as tags included', () => {
    key.when(tag(...many(48)), later(0)).then(tagged(...many(48)));
    key.when(tag(...many(49)), later(0)).thenThrows('InvalidTag', /^Too many tags$/);
    given(keyDecider, keyCreated({ tags: many(50) }))
      .when(tag({ key: 'k0', value: 'x' }), later(0))
      .then(tagged({ key: 'k0', value: 'x' }));
  });

  it('takes tags off, and passes over those that are not there', () => {
    const state = key.when(untag('a', 'zz', 'a'), later(0)).then({ type: 'Untagged', data: { keys: ['a'] } });
    expect(state?.tags).toEqual([]);
    key.when(untag('zz'), later(0)).thenNothing();
    key.when(untag('aws:x'), later(0)).thenThrows('InvalidTag');
  });
});

describe('reserved tags', () => {
  it('may be set to the value they have, which changes nothing', () => {
    key.when(tag({ key: 'claviger:environment', value: 'prod' }), later(0)).thenNothing();
    key.when(tag({ key: 'claviger:owner', value: 'payments' }), later(0)).thenNothing();
  });

  it('cannot be changed, removed, or invented', () => {
    key
      .when(tag({ key: 'claviger:environment', value: 'dev' }), later(0))
      .thenThrows('InvalidTag', /cannot be changed by tagging/);
    key.when(tag({ key: 'claviger:data-class', value: 'nonsense' }), later(0)).thenThrows('InvalidTag');
    key.when(untag('claviger:environment'), later(0)).thenThrows('InvalidTag', /cannot be removed/);
    key
      .when(tag({ key: 'claviger:data_class', value: 'internal' }), later(0))
      .thenThrows('InvalidTag', /not one of them/);
  });

  it('become attributes when a key is created, the rest coming from the account', () => {
    const defaults = { environment: 'dev', dataClass: 'internal', protectionLevel: 'SOFTWARE' } as const;
    expect(splitReservedTags([{ key: 'a', value: '1' }], defaults)).toEqual({
      environment: 'dev',
      dataClass: 'internal',
      owner: null,
      protectionLevel: 'SOFTWARE',
      tags: [{ key: 'a', value: '1' }],
      taggedAttributes: [],
    });
    expect(
      splitReservedTags(
        [
          { key: 'claviger:data-class', value: 'restricted' },
          { key: 'claviger:environment', value: 'prod-1' },
          { key: 'claviger:owner', value: 'payments' },
          { key: 'claviger:protection', value: 'hsm' },
        ],
        defaults,
      ),
    ).toEqual({
      environment: 'prod-1',
      dataClass: 'restricted',
      owner: 'payments',
      protectionLevel: 'HSM',
      tags: [],
      taggedAttributes: ['dataClass', 'environment', 'owner', 'protectionLevel'],
    });
    for (const bad of [
      [{ key: 'claviger:environment', value: 'PROD' }],
      [{ key: 'claviger:environment', value: 'x'.repeat(33) }],
      [{ key: 'claviger:data-class', value: 'secret' }],
      [{ key: 'claviger:owner', value: '' }],
      [{ key: 'claviger:protection', value: 'HSM' }],
      [{ key: 'claviger:protection', value: 'tpm' }],
      [{ key: 'claviger:team', value: 'a' }],
      [
        { key: 'a', value: '' },
        { key: 'a', value: '' },
      ],
    ]) {
      expect(() => splitReservedTags(bad, defaults)).toThrow(KmsError);
    }
  });

  it('name the protection level in lower case, and it never changes', () => {
    const inToken = given(
      keyDecider,
      keyCreated({
        taggedAttributes: ['protectionLevel'],
        material: { ...storedMaterial(1), token: { label: 'vault', serial: '1', lacks: [] } },
      }),
    );
    expect(inToken.state).toMatchObject({ protectionLevel: 'HSM', token: { label: 'vault', serial: '1' } });
    expect(listedTags(inToken.state!)).toEqual([{ key: 'claviger:protection', value: 'hsm' }]);
    inToken.when(tag({ key: 'claviger:protection', value: 'hsm' }), later(0)).thenNothing();
    inToken
      .when(tag({ key: 'claviger:protection', value: 'software' }), later(0))
      .thenThrows('InvalidTag', /cannot be changed by tagging/);
    inToken.when(untag('claviger:protection'), later(0)).thenThrows('InvalidTag', /cannot be removed/);
    key.when(tag({ key: 'claviger:protection', value: 'software' }), later(0)).thenNothing();
    key.when(tag({ key: 'claviger:protection', value: 'hsm' }), later(0)).thenThrows('InvalidTag');
  });

  it('are listed only where they were given as tags, with the present value', () => {
    expect(listedTags(key.state!)).toEqual([
      { key: 'a', value: '1' },
      { key: 'claviger:environment', value: 'prod' },
    ]);
    expect(listedTags({ ...key.state!, taggedAttributes: ['owner'], owner: null })).toEqual([{ key: 'a', value: '1' }]);
  });
});
