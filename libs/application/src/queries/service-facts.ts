import type { Finding } from '../processes/finding.js';

/** What only the process that runs the service knows of itself. */
export abstract class ServiceFacts {
  abstract readonly profile: string;
  abstract readonly role: string;
  abstract readonly node: string;
  /** Account of the first administrator. */
  abstract readonly account: string;
  abstract readonly regions: readonly string[];
  /** Kind of the seal: `keyfile`, later `pkcs11`, … */
  abstract readonly seal: string;

  /** Why calls cannot be served now; empty when they can. */
  abstract notReady(): readonly string[];

  /** What the audit view has not taken in yet: journal entries, and distance in positions of the store. */
  abstract auditBacklog(): { readonly journal: number; readonly events: number };

  /** Files and folders with rights that they should not have, and whatever else is wrong with them. */
  abstract inspectFiles(): Promise<readonly Finding[]>;
}
