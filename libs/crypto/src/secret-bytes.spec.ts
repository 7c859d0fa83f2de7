import { inspect } from 'node:util';
import { SecretBytes } from './secret-bytes.js';

const plain = (): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => i + 1);

describe('SecretBytes', () => {
  it('shows only its length, however it is printed', () => {
    const secret = SecretBytes.take(plain());
    for (const shown of [
      secret.toString(),
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
    ]) {
      expect(shown).toContain('[secret 32 bytes]');
      expect(shown).not.toMatch(/1, 2, 3|010203|AQID/);
    }
    expect(Object.values(secret)).toEqual([32]);
    expect(structuredClone(Object.assign({}, secret))).toEqual({ length: 32 });
  });

  it('lends its own array, and copies only when told to', () => {
    const bytes = plain();
    const taken = SecretBytes.take(bytes);
    expect(taken.use((lent) => lent === bytes)).toBe(true);
    const copied = SecretBytes.copyOf(bytes);
    bytes.fill(0);
    expect(copied.use((lent) => [...lent])).toEqual([...plain()]);
    const exported = copied.unsafeExportBytes();
    exported.fill(0);
    expect(copied.equals(plain())).toBe(true);
  });

  it('overwrites the array it owns when wiped, and then refuses every use', () => {
    const bytes = plain();
    const secret = SecretBytes.take(bytes);
    const other = SecretBytes.copyOf(bytes);
    secret.wipe();
    secret.wipe();
    expect([...bytes].every((byte) => byte === 0)).toBe(true);
    expect(() => secret.use(() => 1)).toThrow(/wiped/);
    expect(() => secret.unsafeExportBytes()).toThrow(/wiped/);
    expect(() => secret.equals(plain())).toThrow(/wiped/);
    expect(() => other.equals(secret)).toThrow(/wiped/);
    expect(String(secret)).toBe('[secret 32 bytes]');
  });

  it('is wiped when its block is left', () => {
    const bytes = plain();
    {
      using secret = SecretBytes.take(bytes);
      expect(secret.length).toBe(32);
    }
    expect(bytes[0]).toBe(0);
  });

  it('compares content and length', () => {
    const secret = SecretBytes.take(plain());
    const changed = plain();
    changed[31] = 0;
    expect(secret.equals(SecretBytes.take(plain()))).toBe(true);
    expect(secret.equals(changed)).toBe(false);
    expect(secret.equals(plain().subarray(1))).toBe(false);
  });
});
