import type { Anchor, AnchorState } from './contract.js';

const stateAt = (n: number): AnchorState => ({
  journal: { sequence: n, link: n.toString(16).padStart(64, '0') },
  store: { position: String(n * 10), sum: n.toString(16).padStart(80, '0') },
  heartbeat: 1_764_000_000_000 + n,
});

/** What every Anchor does. `make` gives a new, empty anchor; the suite closes it. */
export function anchorConformance(name: string, make: () => Promise<Anchor>): void {
  describe(`${name} as an Anchor`, () => {
    let anchor: Anchor;

    beforeEach(async () => {
      anchor = await make();
    });

    afterEach(() => anchor.close());

    it('knows nothing when it is new', () => {
      expect(anchor.state()).toBeUndefined();
      expect(anchor.versionMark('key-1')).toBe(0);
      expect(anchor.destroyed().size).toBe(0);
      expect(anchor.writable()).toBe(true);
    });

    it('holds the state that was recorded last, also when it goes back', async () => {
      await anchor.advance(stateAt(5));
      expect(anchor.state()).toEqual(stateAt(5));
      await Promise.all([6, 7, 8].map((n) => anchor.advance(stateAt(n))));
      expect(anchor.state()).toEqual(stateAt(8));
      await anchor.advance(stateAt(2));
      expect(anchor.state()).toEqual(stateAt(2));
    });

    it('raises the mark of a key and never lowers it', async () => {
      await anchor.raiseVersionMark('key-1', 3);
      await anchor.raiseVersionMark('key-2', 1);
      await anchor.raiseVersionMark('key-1', 2);
      expect([anchor.versionMark('key-1'), anchor.versionMark('key-2')]).toEqual([3, 1]);
      expect([...anchor.versionMarks()]).toEqual([
        ['key-1', 3],
        ['key-2', 1],
      ]);
      await Promise.all([9, 4, 7].map((version) => anchor.raiseVersionMark('key-1', version)));
      expect(anchor.versionMark('key-1')).toBe(9);
    });

    it('registers destructions, once and for ever', async () => {
      await Promise.all(['a', 'b', 'a'].map((reference) => anchor.registerDestruction(reference)));
      await anchor.registerDestruction('b');
      expect([...anchor.destroyed()].sort()).toEqual(['a', 'b']);
    });

    it('refuses values that are none, and goes on', async () => {
      for (const version of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
        await expect(anchor.raiseVersionMark('key-1', version)).rejects.toThrow(RangeError);
      }
      await expect(anchor.raiseVersionMark('', 1)).rejects.toThrow(RangeError);
      await expect(anchor.registerDestruction('x'.repeat(256))).rejects.toThrow(RangeError);
      await expect(anchor.advance({ ...stateAt(1), journal: { sequence: 1, link: 'zz' } })).rejects.toThrow(RangeError);
      await anchor.raiseVersionMark('key-1', 2 ** 32 - 1);
      expect(anchor.versionMark('key-1')).toBe(2 ** 32 - 1);
    });

    it('refuses to write after it was closed, and still answers what it knows', async () => {
      await anchor.raiseVersionMark('key-1', 3);
      await anchor.close();
      await anchor.close();
      expect(anchor.writable()).toBe(false);
      expect(anchor.versionMark('key-1')).toBe(3);
      await expect(anchor.registerDestruction('a')).rejects.toMatchObject({ name: 'AnchorUnavailable' });
    });
  });
}
