import {
  type DataClass,
  keyArn,
  keyDecider,
  type KeySpec,
  keyStream,
  type KeyUsage,
  KmsError,
  type ProtectionLevel,
  type RetirementPolicy,
  ROTATION_OFF,
  type RotationPolicy,
  type Tag,
  type TaggedAttribute,
} from '@claviger/domain';
import { Clock } from '@claviger/platform';
import { Anchor } from '@claviger/ports';
import { KeyState } from '@claviger/projections';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CallContext } from '../call-context.js';
import { HsmDevices } from '../hsm-devices.js';
import { CommandIds } from './command-ids.js';
import { type ChangedKey, existing } from './key-changes.js';
import { ChangeKernel } from './kernel.js';

/** Members that are null take the account's or the service's defaults. */
export interface CreateKeyInput {
  readonly usage: KeyUsage;
  readonly spec: KeySpec;
  readonly environment: string | null;
  readonly dataClass: DataClass | null;
  /** HSM: made in the configured token, and never outside. */
  readonly protectionLevel: ProtectionLevel | null;
  readonly owner: string | null;
  readonly uses: readonly string[];
  readonly description: string;
  /** Without the reserved ones. */
  readonly tags: readonly Tag[];
  /** Which attributes came as reserved tags. */
  readonly taggedAttributes: readonly TaggedAttribute[];
  /** JSON text, checked for form by the protocol. */
  readonly policy: string;
  readonly rotationPolicy: RotationPolicy | null;
  /** ISO 8601 duration. */
  readonly rollbackWindow: string | null;
  readonly retirement: RetirementPolicy | null;
  readonly purgeProtection: boolean;
}

export class CreateKeyCommand extends Command<ChangedKey> {
  constructor(
    readonly call: CallContext,
    readonly input: CreateKeyInput,
  ) {
    super();
  }
}

const ROLLBACK_WINDOW = 'P7D';
const NO_RETIREMENT: RetirementPolicy = { enabled: false, idleFor: 'PT24H' };

@CommandHandler(CreateKeyCommand)
export class CreateKeyHandler implements ICommandHandler<CreateKeyCommand> {
  constructor(
    private readonly kernel: ChangeKernel,
    private readonly ids: CommandIds,
    private readonly keyState: KeyState,
    private readonly anchor: Anchor,
    private readonly devices: HsmDevices,
    private readonly clock: Clock,
  ) {}

  async execute({ call, input }: CreateKeyCommand): Promise<ChangedKey> {
    const { region } = call;
    const { account } = call.caller;
    const defaults = (await this.keyState.account(account))?.state.defaults;
    if (defaults === undefined) throw new KmsError('NotFound', `Account ${account} does not exist.`);
    const protectionLevel = input.protectionLevel ?? defaults.protectionLevel;
    const token = this.devices.placeFor(protectionLevel, input.spec, input.usage);
    const commandId = this.ids.commandId(call, '');
    const keyId = this.ids.made(commandId, 'key');
    call.facts.keyId = keyId;
    return this.kernel.execute(call, {
      decider: keyDecider,
      category: 'key',
      stream: keyStream(account, region, keyId),
      account,
      commandId,
      command: {
        type: 'CreateKey',
        keyId,
        account,
        region,
        ...input,
        environment: input.environment ?? defaults.environment,
        dataClass: input.dataClass ?? defaults.dataClass,
        protectionLevel,
        rotationPolicy: input.rotationPolicy ?? ROTATION_OFF,
        rollbackWindow: input.rollbackWindow ?? ROLLBACK_WINDOW,
        retirement: input.retirement ?? NO_RETIREMENT,
      },
      wanted: { action: 'kms:CreateKey', resource: keyArn(account, region, '*'), account },
      context: (_, material) => ({
        now: this.clock.now(),
        versionMark: this.anchor.versionMark(keyId),
        ...(material === undefined ? {} : { material }),
      }),
      material: (_, version) => ({
        reference: this.ids.made(commandId, keyId, version),
        keyId,
        version,
        spec: input.spec,
        usage: input.usage,
        token,
      }),
      result: (state, revision) => ({ key: existing(state), revision }),
      revokes: false,
    });
  }
}
