import type { KMSClient } from '@aws-sdk/client-kms';
import type { KeyFacts } from '../facts.js';
import { statusOf } from '../load.js';
import type { Rule } from '../revocation/rule.js';
import { use, UseCounts, type UseKind } from '../revocation/uses.js';

/** Right after the answer of a change, every api node is asked to use what it changed: none may use what was taken away. */
export class AfterTheAnswer {
  readonly counts = new UseCounts();

  constructor(private readonly nodes: readonly KMSClient[]) {}

  /** By whoever alone changes this key, before the next change. */
  key({ keyId, phase, rotations }: KeyFacts): Promise<void> {
    return this.everywhere(
      'encrypt',
      { keyId, usable: phase === 'Enabled', firstVersion: rotations + 1, alias: 'either' },
      '',
    );
  }

  /** @param target where the alias leads now; null: it is gone */
  alias(name: string, target: string | null): Promise<void> {
    return this.everywhere('encrypt by alias', { keyId: '', usable: true, firstVersion: 1, alias: target }, name);
  }

  private async everywhere(kind: UseKind, rule: Rule, alias: string): Promise<void> {
    await Promise.all(
      this.nodes.map(async (kms, node) => {
        try {
          const used = await use(kms, kind, { keyId: rule.keyId, alias, ciphertext: new Uint8Array() });
          this.counts.judge(node, kind, rule, used);
        } catch (error) {
          // A node that is away uses nothing.
          if (statusOf(error) !== undefined) this.counts.failed(error, !rule.usable || rule.alias === null);
        }
      }),
    );
  }

  /** @returns sentences; empty when all is well */
  findings(): readonly string[] {
    const { findings, failures } = this.counts;
    const odd = [...failures].filter(([name]) => !EXPECTED.includes(name));
    return [
      ...findings.map((finding) => `used after the answer: ${finding}`),
      ...odd.map(([name, count]) => `${count} uses of what nobody had taken away were refused: ${name}`),
    ];
  }
}

/** While something is out of order; who must not say so when is looked at by those who put it out of order. */
const EXPECTED = ['KeyUnavailableException', 'ThrottlingException'];
