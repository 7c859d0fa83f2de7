import { ReferenceDestroyed } from '@claviger/ports';
import { type MemoryService, memoryService } from '../../../../test/support/memory-service.js';
import { reapplyDestructions } from './reapply-destructions.js';

let service: MemoryService;
beforeEach(async () => {
  service = await memoryService();
});
afterEach(() => service.close());

describe('the destruction register at a start', () => {
  it('destroys again what it names, counts and logs it, and leaves everything else', async () => {
    const { parts } = service;
    for (let n = 0; n < 3; n += 1) await service.createKey();
    const [first = '', ...others] = await parts.hsm.list('', 10);
    await parts.anchor.registerDestruction(first);
    await parts.anchor.registerDestruction('00000000-0000-4000-8000-00000000dead');

    expect(await reapplyDestructions(parts)).toBe(1);
    expect(await parts.hsm.list('', 10)).toEqual(others);
    const record = {
      reference: first,
      kind: 'material' as const,
      wrappedKey: Buffer.alloc(1),
      blob: Buffer.alloc(1),
      about: '{}',
    };
    await expect(parts.sealedStore.putIfAbsent(record)).rejects.toThrow(ReferenceDestroyed);
    expect(parts.metrics.render()).toContain('claviger_destructions_reapplied_total 1');
    expect(parts.log.join('')).toContain(first);
    expect(await reapplyDestructions(parts)).toBe(0);
  });
});
