import type { Clock, Ids, Logger, Metrics } from '@claviger/platform';
import type { Terminal } from './first-start.js';
import type { ProfileParts } from './profiles/parts.js';

/** What differs between the real process and a test of the whole server. */
export interface Surroundings {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly terminal: Terminal;
  /** Tests put faults between the service and its ports here. */
  readonly wrap?: (parts: ProfileParts) => ProfileParts;
}
