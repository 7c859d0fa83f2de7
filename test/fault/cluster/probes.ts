import { setTimeout as delay } from 'node:timers/promises';
import { DisableKeyCommand, EnableKeyCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { ClusterNode } from '../../servers/cluster/cluster-node.js';
import type { Facts } from '../facts.js';
import { failureOf } from './answers.js';
import { createKey } from './create-key.js';

/**
 * `use` of a key in software that this node used before · `cold use` of one that it never used · `token use` of one in the token ·
 * `change`, a revocation in every other call · `create`, which makes material.
 */
export const PROBE_KINDS = ['use', 'cold use', 'token use', 'change', 'create'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** One call and what became of it. Times in milliseconds, monotonic. */
export interface Outcome {
  readonly node: string;
  readonly kind: ProbeKind;
  readonly sentAt: number;
  readonly answeredAt: number;
  /** As `failureOf` gives it; undefined: it succeeded. */
  readonly failure: string | undefined;
}

const PAUSE_MS: Readonly<Record<ProbeKind, number>> = {
  use: 25,
  'cold use': 700,
  'token use': 100,
  change: 100,
  create: 300,
};
const COLD_KEYS = 16;

/** Calls of every kind at one api node, one after the other of each kind, all the while. */
export class Probes {
  readonly outcomes: Outcome[] = [];
  private stopped = false;
  private running: Promise<unknown> = Promise.resolve();
  private readonly disabled = new Set<string>();

  private constructor(
    private readonly node: ClusterNode,
    private readonly facts: Facts,
    private readonly kms: KMSClient,
    private readonly keys: {
      readonly warm: string;
      readonly changed: readonly string[];
      readonly token: string | undefined;
      readonly cold: string[];
    },
  ) {}

  /** @param other makes the keys that this node is not to know from use */
  static async prepare(node: ClusterNode, other: ClusterNode, facts: Facts, hasToken: boolean): Promise<Probes> {
    const [kms, elsewhere] = [node.kmsClient(), other.kmsClient()];
    const made = async (by: KMSClient, tags: { TagKey: string; TagValue: string }[] = []): Promise<string> => {
      const keyId = await createKey(by, facts, tags.length === 0 ? {} : { Tags: tags });
      facts.elsewhere.add(keyId);
      return keyId;
    };
    const cold: string[] = [];
    for (let count = 0; count < COLD_KEYS; count += 1) cold.push(await made(elsewhere));
    const token = hasToken ? await made(kms, [{ TagKey: 'claviger:protection', TagValue: 'hsm' }]) : undefined;
    const probes = new Probes(node, facts, kms, {
      warm: await made(kms),
      changed: [await made(kms), await made(kms)],
      token,
      cold,
    });
    for (const kind of ['use', 'token use'] as const) await probes.call(kind);
    elsewhere.destroy();
    return probes;
  }

  start(): void {
    this.running = Promise.all(PROBE_KINDS.map((kind) => this.loop(kind, 0)));
  }

  /** Changes beside those that are under way: one of them may wait for the other nodes longer than an outage takes. */
  again(): void {
    this.running = Promise.all([this.running, this.loop('change', 1), this.loop('create', 1)]);
  }

  /** Resolves when every call was answered. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    this.kms.destroy();
  }

  /** One call of each kind succeeds. */
  async serves(): Promise<boolean> {
    try {
      for (const kind of ['use', 'token use', 'change'] as const) await this.call(kind);
      return true;
    } catch {
      return false;
    }
  }

  private async loop(kind: ProbeKind, lane: 0 | 1): Promise<void> {
    while (!this.stopped && this.has(kind)) {
      const sentAt = performance.now();
      const failure = await this.call(kind, lane).then(() => undefined, failureOf);
      this.outcomes.push({ node: this.node.name, kind, sentAt, answeredAt: performance.now(), failure });
      await delay(PAUSE_MS[kind]);
    }
  }

  private has(kind: ProbeKind): boolean {
    if (kind === 'cold use') return this.keys.cold.length > 0;
    return kind !== 'token use' || this.keys.token !== undefined;
  }

  /** @throws what the service answered otherwise */
  private async call(kind: ProbeKind, lane: 0 | 1 = 0): Promise<void> {
    const { keys, kms, facts } = this;
    switch (kind) {
      case 'use':
        return this.use(keys.warm);
      case 'cold use':
        return this.use(keys.cold.pop());
      case 'token use':
        return this.use(keys.token);
      case 'create':
        return void facts.created(await createKey(kms, facts));
      case 'change':
        return this.change(keys.changed[lane] ?? '');
    }
  }

  private async change(KeyId: string): Promise<void> {
    if (this.disabled.has(KeyId)) {
      await this.kms.send(new EnableKeyCommand({ KeyId }));
      this.disabled.delete(KeyId);
    } else {
      await this.kms.send(new DisableKeyCommand({ KeyId }));
      this.disabled.add(KeyId);
    }
  }

  private async use(KeyId: string | undefined): Promise<void> {
    if (KeyId !== undefined) await this.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('text') }));
  }
}
