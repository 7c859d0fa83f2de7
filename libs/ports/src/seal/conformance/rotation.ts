import { SecretBytes } from '@claviger/crypto';
import { Seal, Sealed } from '../contract.js';
import type { RootRotation } from '../root-rotation.js';

export interface RootRotationHarness {
  readonly seal: Seal & RootRotation;
  /** Another seal over the same file, as in another process or after a restart; open. */
  another(): Promise<Seal & RootRotation>;
  dispose(): Promise<void>;
}

/** What every {@link Seal} with the capability {@link RootRotation} MUST do. */
export function rootRotationConformance(name: string, make: () => Promise<RootRotationHarness>): void {
  describe(`RootRotation conformance: ${name}`, () => {
    let harness: RootRotationHarness;
    let seal: Seal & RootRotation;
    let old: Uint8Array;

    beforeEach(async () => {
      harness = await make();
      seal = harness.seal;
      old = await seal.wrap(key(), 'a context');
    });

    afterEach(() => harness.dispose());

    it('has no change under way at first, and finishing none does nothing', async () => {
      expect(seal.rootChange()).toBeUndefined();
      await seal.finishRootChange('0123456789abcdef');
      expect(await opens(seal, old)).toBe(true);
      expect(await seal.rewrap(old, 'a context')).toBe('current');
    });

    it('holds both root keys once a change has begun, and wraps under the new one', async () => {
      const change = await seal.beginRootChange(1_000);
      expect(change.from).toMatch(/^[0-9a-f]{16}$/);
      expect(change.to).toMatch(/^[0-9a-f]{16}$/);
      expect(Number.isSafeInteger(change.startedAt)).toBe(true);
      expect(change.to).not.toBe(change.from);
      expect(seal.rootChange()).toEqual(change);
      expect(await opens(seal, old)).toBe(true);
      const fresh = await seal.wrap(key(), 'a context');
      expect(await seal.rewrap(fresh, 'a context')).toBe('current');
    });

    it('re-wraps what is under the old root key, once, and nothing under another context', async () => {
      await seal.beginRootChange(1_000);
      const next = await rewrapped(seal, old);
      expect(next).toHaveLength(old.length);
      expect(await seal.rewrap(next, 'a context')).toBe('current');
      expect(await seal.rewrap(old, 'another context')).toBeUndefined();
      const changed = Uint8Array.from(old);
      changed[30] = (changed[30] ?? 0) ^ 1;
      expect(await seal.rewrap(changed, 'a context')).toBeUndefined();
    });

    it('holds the same two root keys after a restart', async () => {
      const change = await seal.beginRootChange(1_000);
      const fresh = await seal.wrap(key(), 'a context');
      seal.seal();
      const later = await harness.another();
      expect(later.rootChange()).toEqual(change);
      expect(await opens(later, old)).toBe(true);
      expect(await opens(later, fresh)).toBe(true);
      expect(await later.rewrap(fresh, 'a context')).toBe('current');
    });

    it('takes up the change under way instead of beginning another', async () => {
      const change = await seal.beginRootChange(1_000);
      expect(await seal.beginRootChange(2_000)).toEqual(change);
      const other = await harness.another();
      expect(await other.beginRootChange(3_000)).toEqual(change);
    });

    it('takes up the change that another process began meanwhile', async () => {
      const other = await harness.another();
      const change = await other.beginRootChange(1_000);
      expect(await seal.beginRootChange(2_000)).toEqual(change);
      expect(await opens(seal, await other.wrap(key(), 'a context'))).toBe(true);
    });

    it('follows a change that another process began or finished, when it is told to look', async () => {
      const other = await harness.another();
      const change = await other.beginRootChange(1_000);
      await seal.refreshRoot();
      expect(seal.rootChange()).toEqual(change);
      expect(await other.rewrap(await seal.wrap(key(), 'a context'), 'a context')).toBe('current');
      await other.finishRootChange(change.to);
      await seal.refreshRoot();
      expect(seal.rootChange()).toBeUndefined();
      expect(await opens(seal, old)).toBe(false);
    });

    it('opens the new root key’s only, once the change is finished, also after a restart', async () => {
      const { to } = await seal.beginRootChange(1_000);
      const next = await rewrapped(seal, old);
      await seal.finishRootChange(to);
      await seal.finishRootChange(to);
      for (const each of [seal, await harness.another()]) {
        expect(each.rootChange()).toBeUndefined();
        expect(await opens(each, next)).toBe(true);
        expect(await opens(each, old)).toBe(false);
      }
    });

    it('does not finish a change to another key than the caller means', async () => {
      const { from } = await seal.beginRootChange(1_000);
      await expect(seal.finishRootChange(from)).rejects.toBeInstanceOf(RangeError);
      expect(await opens(seal, old)).toBe(true);
      expect(await opens(await harness.another(), old)).toBe(true);
    });

    it('can be changed again', async () => {
      const first = await seal.beginRootChange(1_000);
      const once = await rewrapped(seal, old);
      await seal.finishRootChange(first.to);
      const second = await seal.beginRootChange(2_000);
      expect(second.from).toBe(first.to);
      const twice = await rewrapped(seal, once);
      await seal.finishRootChange(second.to);
      expect(await opens(seal, twice)).toBe(true);
      expect(await opens(seal, once)).toBe(false);
    });

    it('does nothing of it once it is sealed', async () => {
      const { to } = await seal.beginRootChange(1_000);
      seal.seal();
      for (const call of [
        () => seal.beginRootChange(2_000),
        () => seal.finishRootChange(to),
        () => seal.rewrap(old, 'a context'),
        () => seal.refreshRoot(),
      ]) {
        await expect(call()).rejects.toBeInstanceOf(Sealed);
      }
      expect(await opens(await harness.another(), old)).toBe(true);
    });
  });
}

function key(): SecretBytes {
  return SecretBytes.take(Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 11) & 0xff));
}

async function opens(seal: Seal, wrapped: Uint8Array): Promise<boolean> {
  return (await seal.unwrap(wrapped, 'a context'))?.equals(key()) === true;
}

async function rewrapped(seal: RootRotation, wrapped: Uint8Array): Promise<Uint8Array> {
  const next = await seal.rewrap(wrapped, 'a context');
  if (next === undefined || next === 'current') throw new Error(`was not re-wrapped: ${String(next)}`);
  return next;
}
