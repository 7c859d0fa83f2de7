import type { Role } from '@claviger/platform';
import { TestServer, type TestServerOptions } from '@claviger/testing';

export type NodeRole = Exclude<Role, 'all'>;

/** One process of the built server among others. */
export class ClusterNode extends TestServer {
  constructor(
    readonly name: string,
    readonly role: NodeRole,
    options: TestServerOptions,
  ) {
    super(options);
  }

  /** Says at once what it answers, whether it is ready or not. */
  async health(): Promise<{ readonly status: number; readonly reasons: readonly string[] }> {
    const answer = await fetch(`${this.url}/health/ready`);
    const body = (await answer.json()) as { readonly reasons?: readonly string[] };
    return { status: answer.status, reasons: body.reasons ?? [] };
  }
}
