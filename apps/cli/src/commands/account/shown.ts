import type { Account } from '../../http/api.js';
import type { Io } from '../../io.js';
import { facts } from '../../output/facts.js';
import { shownTime } from '../../output/time.js';

/** An account for people. */
export const accountFacts = (io: Io, { account, defaults, createdAt }: Account): string =>
  facts([
    ['account', account],
    ['created', shownTime(io, createdAt)],
    ['keys get', `environment ${defaults.environment}`],
    ['', `data class ${defaults.dataClass}`],
    ['', `protection level ${defaults.protectionLevel}`],
  ]);
