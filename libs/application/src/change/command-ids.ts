import { canonicalJson, type HmacSha256, uuidV8FromBytes } from '@claviger/crypto';
import type { Ids } from '@claviger/platform';
import type { CallContext } from '../call-context.js';

/**
 * Ids of commands, and of what commands make. With an idempotency key the id is a keyed hash of who wants what (so that a repetition is
 * recognised, and nobody can aim at another's command); without one every call is a new command.
 */
export class CommandIds {
  constructor(
    private readonly clusterKey: HmacSha256,
    private readonly ids: Ids,
  ) {}

  /** @param target what the command is about; empty where it creates it */
  commandId(call: CallContext, target: string): string {
    if (call.idempotencyKey === null) return this.ids.uuid7();
    const { caller, region, operation, idempotencyKey } = call;
    return this.derive(canonicalJson([caller.account, region, caller.id, operation, target, idempotencyKey]));
  }

  /** For internal commands that must not happen twice: the same parts, the same command. */
  internalCommandId(...parts: readonly string[]): string {
    return this.derive(canonicalJson(['internal', ...parts]));
  }

  /** Id of something that a command makes: a key, a version's material, … */
  made(commandId: string, ...what: readonly (string | number)[]): string {
    return this.derive(canonicalJson(['made', commandId, ...what]));
  }

  private derive(text: string): string {
    return uuidV8FromBytes(this.clusterKey.mac(Buffer.from(text)));
  }
}
