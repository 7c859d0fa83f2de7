import { type Finding, ServiceFacts } from '@claviger/application';
import type { Settings } from '@claviger/platform';
import type { ProfileParts } from '../profiles/parts.js';
import { inspectFiles } from './files.js';

/** What this process knows of itself, for status and examination. */
export class ProcessFacts extends ServiceFacts {
  readonly profile: string;
  readonly role: string;
  readonly account: string;
  readonly regions: readonly string[];
  readonly node: string;
  readonly seal: string;

  constructor(
    private readonly settings: Settings,
    private readonly parts: ProfileParts,
  ) {
    super();
    this.profile = settings.profile;
    this.role = settings.role;
    this.account = settings.account;
    this.regions = settings.regions;
    this.node = parts.node;
    this.seal = parts.seal.kind;
  }

  notReady(): readonly string[] {
    return this.parts.notReady();
  }

  auditBacklog(): { readonly journal: number; readonly events: number } {
    return this.parts.auditView?.backlog() ?? { journal: 0, events: 0 };
  }

  async inspectFiles(): Promise<readonly Finding[]> {
    return [...(this.parts.findings?.() ?? []), ...inspectFiles(this.settings)];
  }
}
