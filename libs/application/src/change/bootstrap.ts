import type { SecretBytes } from '@claviger/crypto';
import {
  type AccountAggregate,
  type AccountCommand,
  type AccountContext,
  accountDecider,
  type AccountEvent,
  accountStream,
  type PrincipalAggregate,
  type PrincipalCommand,
  type PrincipalContext,
  principalDecider,
  type PrincipalEvent,
  type PrincipalState,
  principalStream,
} from '@claviger/domain';
import { sha256Hex } from '@claviger/crypto';
import type { Clock, Ids } from '@claviger/platform';
import type { SealedSecrets } from '@claviger/ports';
import type { KeyState } from '@claviger/projections';
import { accessKeyAbout } from '../access/credentials.js';
import { systemCall } from '../system-call.js';
import type { CommandIds } from './command-ids.js';
import type { ChangeKernel } from './kernel.js';

/** Credentials of the first administrator, in the clear. */
export interface FirstCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: SecretBytes;
  readonly token: SecretBytes;
}

/** Makes the account and its first administrator. Each step is idempotent: a start that died in between is finished by the next. */
export class Bootstrap {
  constructor(
    private readonly kernel: ChangeKernel,
    private readonly ids: CommandIds,
    private readonly keyState: KeyState,
    private readonly secrets: SealedSecrets,
    private readonly clock: Clock,
    private readonly random: Ids,
  ) {}

  /** Always the same for one account, so that there can be only one first administrator. */
  administratorId(account: string): string {
    return this.ids.made(this.ids.internalCommandId('first-administrator', account), 'principal');
  }

  async administrator(account: string): Promise<PrincipalState | undefined> {
    await this.keyState.toHead();
    return (await this.keyState.principal(this.administratorId(account)))?.state;
  }

  async createAccount(account: string, region: string): Promise<void> {
    await this.keyState.toHead();
    if ((await this.keyState.account(account)) !== undefined) return;
    await this.kernel.execute<AccountAggregate, AccountCommand, AccountEvent, AccountContext, void>(
      systemCall(this.random, this.clock, 'bootstrap', account, region, 'CreateAccount'),
      {
        decider: accountDecider,
        category: 'account',
        stream: accountStream(account),
        account,
        commandId: this.ids.internalCommandId('create-account', account),
        command: {
          type: 'CreateAccount',
          account,
          defaults: { environment: 'dev', dataClass: 'internal', protectionLevel: 'SOFTWARE' },
        },
        wanted: { action: 'claviger:CreateAccount', resource: '*', account },
        context: () => ({ now: this.clock.now() }),
        result: () => undefined,
        revokes: false,
      },
    );
  }

  /** Seals the secret first: an event never names a secret that is not stored. */
  async createAdministrator(account: string, region: string, credentials: FirstCredentials): Promise<void> {
    const principalId = this.administratorId(account);
    const { accessKeyId } = credentials;
    const reference = this.ids.made(
      this.ids.internalCommandId('first-administrator', account),
      'access-key',
      accessKeyId,
    );
    await this.secrets.create(
      reference,
      'access-key',
      accessKeyAbout(principalId, accessKeyId),
      credentials.secretAccessKey,
    );
    const hash = credentials.token.use((bytes) => sha256Hex(bytes));
    await this.kernel.execute<PrincipalAggregate, PrincipalCommand, PrincipalEvent, PrincipalContext, void>(
      systemCall(this.random, this.clock, 'bootstrap', account, region, 'CreatePrincipal'),
      {
        decider: principalDecider,
        category: 'principal',
        stream: principalStream(principalId),
        account,
        commandId: this.ids.internalCommandId('first-administrator', account),
        command: {
          type: 'CreatePrincipal',
          principalId,
          account,
          kind: 'user',
          name: 'administrator',
          environment: null,
          administrator: true,
          accessKey: { accessKeyId, secret: reference },
          token: { tokenId: this.ids.made(principalId, 'first-token'), hash },
        },
        wanted: { action: 'claviger:CreatePrincipal', resource: '*', account },
        context: () => ({ now: this.clock.now() }),
        result: () => undefined,
        revokes: false,
      },
    );
  }
}
