import type { RootRotation } from '../../http/api.js';
import type { Io } from '../../io.js';
import type { facts } from '../../output/facts.js';
import { shownTime } from '../../output/time.js';

type Facts = Parameters<typeof facts>[0];

/** How far the exchange of the root key is, a line per fact. */
export function rotationFacts(io: Io, root: RootRotation): Facts {
  if (root.step === 'none') return [];
  return [
    [
      'root key',
      root.from === null ? null : `${root.from} becomes ${root.to ?? '?'}, begun ${shownTime(io, root.startedAt)}`,
    ],
    ['exchange', words(io, root)],
    ['unreadable', root.unreadable],
  ];
}

function words(io: Io, { step, done, of, settledAt, problem }: RootRotation): string {
  switch (step) {
    case 'running':
      return `${done} of ${of} records looked at`;
    case 'settling':
      return `everything found is under the new root key; a last pass follows at ${shownTime(io, settledAt)}, then the former one is forgotten`;
    case 'held-up':
      return 'held up: some records open under neither root key';
    case 'failed':
      return `failed, and is begun again: ${problem ?? 'the log says why'}`;
    case 'finished':
      return 'finished; the former root key is forgotten';
    default:
      return step;
  }
}
