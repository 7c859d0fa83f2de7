import {
  type KeyAggregate,
  type KeyCommand,
  type KeyContext,
  keyDecider,
  type KeyState,
  keyStream,
  KmsError,
  type MadeMaterial,
} from '@claviger/domain';
import type { Clock } from '@claviger/platform';
import type { Anchor } from '@claviger/ports';
import type { UsageCounters } from '@claviger/projections';
import type { CallContext } from '../call-context.js';
import type { HsmDevices } from '../hsm-devices.js';
import type { KeyReference } from '../key-reference.js';
import type { KeyResolver } from '../key-resolver.js';
import type { CommandIds } from './command-ids.js';
import type { ChangeKernel } from './kernel.js';

/** A key right after a change, with the revision that serves as its ETag. */
export interface ChangedKey {
  readonly key: KeyState;
  readonly revision: number;
}

export interface KeyChange {
  readonly key: KeyReference;
  readonly command: KeyCommand;
  readonly action: string;
  readonly revokes: boolean;
  /** For internal commands whose repetition must be recognised; else the call's own. */
  readonly commandId?: string;
}

/** What all commands on one existing key have in common. */
export class KeyChanges {
  constructor(
    private readonly kernel: ChangeKernel,
    private readonly ids: CommandIds,
    private readonly resolver: KeyResolver,
    private readonly anchor: Anchor,
    private readonly devices: HsmDevices,
    private readonly usage: UsageCounters,
    private readonly clock: Clock,
  ) {}

  async execute(call: CallContext, change: KeyChange): Promise<ChangedKey> {
    const { attributes, revision } = await this.resolver.resolve(call, change.key);
    const { account, region, keyId, arn, policyVersion } = attributes;
    const commandId = change.commandId ?? this.ids.commandId(call, keyId);
    const { command } = change;
    // Whether a version is idle is decided on all uses there were, on every node.
    if (command.type === 'RetireVersion') await this.usage.upToDate();
    const changed = await this.kernel.execute(call, {
      decider: keyDecider,
      category: 'key',
      stream: keyStream(account, region, keyId),
      account,
      commandId,
      command,
      wanted: { action: change.action, resource: arn, account, key: revision, policy: policyVersion },
      context: (_, material) => this.context(keyId, command, material),
      material: (state, version) => ({
        reference: this.ids.made(commandId, keyId, version),
        keyId,
        version,
        spec:
          (command.type === 'RotateKey' || command.type === 'StageVersion' ? command.spec : null) ??
          existing(state).spec,
        usage: existing(state).usage,
        token: existing(state).token,
      }),
      result: (state, at) => ({ key: existing(state), revision: at }),
      revokes: change.revokes,
    });
    // Material of a key that was just stopped has no business in memory; a legal use loads it again.
    if (change.revokes) this.devices.forget(keyId);
    return changed;
  }

  private context(keyId: string, command: KeyCommand, material: MadeMaterial | undefined): KeyContext {
    return {
      now: this.clock.now(),
      versionMark: this.anchor.versionMark(keyId),
      ...(material === undefined ? {} : { material }),
      ...(command.type === 'RetireVersion' ? { lastUsedAt: this.usage.lastUsedAt(keyId, command.version) } : {}),
    };
  }
}

/** Commands on existing keys are resolved first, so their stream is never empty. */
export function existing(state: KeyAggregate): KeyState {
  if (state === null) throw new KmsError('Internal', 'A key that was found has no events.');
  return state;
}
