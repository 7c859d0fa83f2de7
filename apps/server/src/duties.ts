import type { Role } from '@claviger/platform';

/** What a node serves; health and metrics are served by every one. */
export interface Duties {
  /** Key use and key changes over the wire protocols of applications. */
  readonly wire: boolean;
  /** The admin API and the audit view behind it. */
  readonly admin: boolean;
  /** The scheduler, and the jobs that it asks for. */
  readonly work: boolean;
}

export function duties(role: Role): Duties {
  switch (role) {
    case 'all':
      return { wire: true, admin: true, work: true };
    case 'api':
      return { wire: true, admin: false, work: false };
    case 'admin':
      return { wire: false, admin: true, work: false };
    case 'worker':
      return { wire: false, admin: false, work: true };
  }
}
