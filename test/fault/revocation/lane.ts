import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  type KMSClient,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import type { Chance } from '../../servers/random.js';
import type { Rule } from './rule.js';
import { use, type UseCounts, type UseKind, USE_KINDS, type UseTarget } from './uses.js';

export const REVOCATIONS = ['rotate', 'disable', 'update alias', 'schedule deletion', 'delete alias'] as const;
export type Revocation = (typeof REVOCATIONS)[number];

/** Over AWS a key takes 25 rotations on demand. */
const MOST_ROTATIONS = 25;

/**
 * Two keys and an alias that leads to one of them. One revocation after the other is made on a node at random, while clients on every node
 * use them without a pause; each answer is followed by one use of each kind on every node.
 */
export class Lane {
  private target: UseTarget = { keyId: '', alias: '', ciphertext: new Uint8Array() };
  private rule: Rule = { keyId: '', usable: true, firstVersion: 1, alias: 'either' };
  private other = '';
  private rotations = 0;
  private aliasIsElsewhere = false;
  /** The revocation that is under way or not undone yet; a new object each time. */
  private change: { readonly kind: Revocation } | undefined;
  private readonly running = new Set<Promise<void>>();
  private stopped = false;

  constructor(
    private readonly name: string,
    private readonly nodes: readonly KMSClient[],
    private readonly chance: Chance,
    private readonly counts: UseCounts,
    private readonly took: (revocation: Revocation, ms: number) => void,
    /** Called as each revocation is sent, with the node that it is sent to. */
    private readonly sent: (node: number) => void = () => undefined,
  ) {}

  /** Makes the revocations that `next` gives until it gives no more. @throws what one of them, or its undoing, is refused with */
  async run(next: () => Revocation | undefined): Promise<void> {
    await this.begin();
    const load = this.nodes.map((_, node) => this.load(node));
    try {
      for (let revocation = next(); revocation !== undefined; revocation = next()) {
        if (revocation === 'rotate' && this.rotations === MOST_ROTATIONS) await this.begin();
        this.change = { kind: revocation };
        if (revocation === 'update alias') await this.loosen({ alias: 'either' });
        const began = performance.now();
        await this.revoke(revocation);
        this.took(revocation, performance.now() - began);
        this.rule = this.after(revocation);
        await this.everywhere();
        await this.undo(revocation);
        this.change = undefined;
        // What was given back works on every node at once.
        await this.everywhere();
      }
    } finally {
      this.stopped = true;
      await Promise.all(load);
    }
  }

  /** New keys, and an alias that leads to the first. */
  private async begin(): Promise<void> {
    await this.settled();
    const create = async (): Promise<string> =>
      (await this.any().send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
    const [keyId, other] = [await create(), await create()];
    const { CiphertextBlob = new Uint8Array() } = await this.any().send(
      new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('text') }),
    );
    const alias = `alias/${this.name}-${keyId}`;
    await this.any().send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
    this.other = other;
    this.rotations = 0;
    this.aliasIsElsewhere = false;
    this.rule = { keyId, usable: true, firstVersion: 1, alias: keyId };
    this.target = { keyId, alias, ciphertext: CiphertextBlob };
  }

  private async revoke(revocation: Revocation): Promise<void> {
    const { keyId: KeyId, alias: AliasName } = this.target;
    const kms = this.any();
    this.sent(this.nodes.indexOf(kms));
    switch (revocation) {
      case 'rotate':
        return void (await kms.send(new RotateKeyOnDemandCommand({ KeyId })));
      case 'disable':
        return void (await kms.send(new DisableKeyCommand({ KeyId })));
      case 'schedule deletion':
        return void (await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })));
      case 'delete alias':
        return void (await kms.send(new DeleteAliasCommand({ AliasName })));
      case 'update alias':
        return void (await kms.send(
          new UpdateAliasCommand({ AliasName, TargetKeyId: this.aliasIsElsewhere ? KeyId : this.other }),
        ));
    }
  }

  /** What holds from its answer on. */
  private after(revocation: Revocation): Rule {
    const { rule } = this;
    switch (revocation) {
      case 'rotate':
        this.rotations += 1;
        return { ...rule, firstVersion: rule.firstVersion + 1 };
      case 'disable':
      case 'schedule deletion':
        return { ...rule, usable: false };
      case 'delete alias':
        return { ...rule, alias: null };
      case 'update alias':
        this.aliasIsElsewhere = !this.aliasIsElsewhere;
        return { ...rule, alias: this.aliasIsElsewhere ? this.other : rule.keyId };
    }
  }

  private async undo(revocation: Revocation): Promise<void> {
    const { keyId: KeyId, alias: AliasName } = this.target;
    switch (revocation) {
      case 'disable':
        await this.loosen({ usable: true });
        return void (await this.any().send(new EnableKeyCommand({ KeyId })));
      case 'schedule deletion':
        await this.loosen({ usable: true });
        await this.any().send(new CancelKeyDeletionCommand({ KeyId }));
        return void (await this.any().send(new EnableKeyCommand({ KeyId })));
      case 'delete alias':
        await this.loosen({ alias: 'either' });
        await this.any().send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
        this.aliasIsElsewhere = false;
        this.rule = { ...this.rule, alias: KeyId };
        return;
      case 'rotate':
      case 'update alias':
        return;
    }
  }

  /** Uses that were sent under the strict rule are answered first: what comes next may let them succeed. */
  private async loosen(changes: Partial<Rule>): Promise<void> {
    this.rule = { ...this.rule, ...changes };
    await this.settled();
  }

  private async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  private any(): KMSClient {
    return this.chance.of(this.nodes);
  }

  private async load(node: number): Promise<void> {
    while (!this.stopped) await this.once(node, this.chance.of(USE_KINDS));
  }

  private async everywhere(): Promise<void> {
    await Promise.all(this.nodes.flatMap((_, node) => USE_KINDS.map((kind) => this.once(node, kind))));
  }

  private async once(node: number, kind: UseKind): Promise<void> {
    const { rule, target, nodes, counts, change } = this;
    const kms = nodes[node];
    if (kms === undefined) throw new RangeError(`there are ${nodes.length} nodes`);
    const run = use(kms, kind, target).then(
      (used) => counts.judge(node, kind, rule, used),
      (error: unknown) => counts.failed(error, change !== undefined || this.change !== undefined),
    );
    this.running.add(run);
    await run.finally(() => this.running.delete(run));
  }
}
