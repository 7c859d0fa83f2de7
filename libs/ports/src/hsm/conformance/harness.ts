import { algorithmsOf, type KeySpec, type KeyUsage } from '@claviger/domain';
import type { Hsm, Material } from '../contract.js';

/** One device under test, empty at first. */
export interface HsmHarness {
  readonly hsm: Hsm;
  /** Another Hsm over the same device at the same time: what another process, or the same after a restart, would have. */
  another(): Promise<Hsm>;
  /** Changes a bit of what the device keeps under this reference. Absent where the device lets nobody do that. */
  tamper?(reference: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What the device under test should support, as `Hsm.supports` answers it. The suite checks that it does, and runs nothing else. */
export type Offers = Hsm['supports'];

/** Everything that the domain knows. */
export const offersAll: Offers = (spec, usage, algorithm) => {
  const algorithms = algorithmsOf(spec, usage);
  return algorithm === undefined ? algorithms.length > 0 : algorithms.includes(algorithm);
};

export const KEY_ID = '0198b000-0000-7000-8000-00000000000a';
export const OTHER_KEY_ID = '0198b000-0000-7000-8000-00000000000b';

/** Material number `i` of its suite. */
export function material(i: number, spec: KeySpec, usage: KeyUsage, keyId = KEY_ID): Material {
  return {
    reference: `0198b000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`,
    keyId,
    version: i + 1,
    spec,
    usage,
  };
}

export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex');

export function flipped(value: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(value);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
