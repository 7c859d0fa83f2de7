import type { Seal, ShareProgress } from '../../http/api.js';

/** How many shares were given, and which. */
export const givenWords = ({ given, threshold, missing }: ShareProgress): string =>
  `${given.length} of ${threshold} shares given${given.length === 0 ? '' : ` (${given.join(', ')})`}, ${missing} missing`;

/** What is to be done next, for the person at the terminal. */
export function nextStep({ state, kind, shares }: Pick<Seal, 'state' | 'kind' | 'shares'>): string {
  switch (state) {
    case 'not-initialised':
      return 'Make the root key: `claviger operator init`.';
    case 'sealed':
      if (shares === null) return 'Open it with the passphrase: `claviger operator unseal`.';
      return `${shares.missing} more of the shares ${shares.set} ${shares.missing === 1 ? 'is' : 'are'} needed, each from whoever has it: \`claviger operator unseal\`.`;
    case 'starting':
      return 'The service is starting. `claviger status` says when it serves.';
    default:
      return kind === 'keyfile'
        ? 'A key file opens by itself: good for development, not for production.'
        : 'Nothing to do.';
  }
}

/** Shares that are shown once, for people. */
export function sharesToHandOut(shares: readonly string[], threshold: number): string {
  return [
    `${shares.length} shares; any ${threshold} of them open the seal. They are shown now and never again:`,
    '',
    ...shares,
    '',
    'Give each to another person, who keeps it apart from the others. Keep a copy of the seal file too, apart from',
    'the shares and from backups of the data: without it the shares open nothing.',
    '',
  ].join('\n');
}
