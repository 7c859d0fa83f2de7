import type { Ids } from '@claviger/platform';
import { authorise } from '../access/authorise.js';
import type { CallContext } from '../call-context.js';

/** Random bytes from inside the boundary. */
export class GenerateRandom {
  constructor(private readonly ids: Ids) {}

  /** @param length 1 to 1024, checked by the protocol */
  async execute(call: CallContext, length: number): Promise<Uint8Array> {
    const { account } = call.caller;
    authorise(call, { action: 'kms:GenerateRandom', resource: '*', account }, undefined);
    call.facts.extra = { bytes: length };
    return this.ids.random(length);
  }
}
