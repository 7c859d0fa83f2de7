import type { RandomSource } from '@claviger/crypto';
import type { Clock } from '@claviger/platform';
import { type GeneratedMaterial, HsmUnavailable, type Material } from '@claviger/ports';
import type { TokenLink } from './token-link.js';

/** A candidate that stays one for so long has lost its maker: between making and settling a key lie a few calls of the token. */
const MAKER_DIED_MS = 10_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
const NONCE_LENGTH = 16;

export interface MakingParts {
  readonly random: RandomSource;
  readonly clock: Clock;
}

/**
 * Makes material on the token, or finds it there. While another process is making it, waits until that has finished or died.
 * @throws MaterialUnavailable, HsmUnavailable, HsmOverloaded
 */
export async function makeOnToken(
  link: TokenLink,
  material: Material,
  wrapping: boolean,
  { random, clock }: MakingParts,
): Promise<GeneratedMaterial> {
  const firstSeen = new Map<string, number>();
  const started = clock.monotonic();
  const newNonce = (): string => Buffer.from(random(NONCE_LENGTH)).toString('hex');
  let nonce = newNonce();
  let confirmed = !link.viewsGoStale;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const now = clock.monotonic();
    const abandoned = [...firstSeen].filter(([, since]) => now - since >= MAKER_DIED_MS).map(([seen]) => seen);
    const answer = await link.call('generate', { material, wrapping, nonce, abandoned }, material.reference);
    if (answer.kind === 'made' && confirmed) return { publicKey: answer.publicKey, fingerprint: answer.fingerprint };
    await link.lookAnew();
    if (answer.kind === 'made') confirmed = true; // by another look, should it say the same
    if (answer.kind !== 'waits') continue;
    // The own candidate was taken away: the next one needs a name that nobody takes for dead.
    if (!answer.candidates.includes(nonce)) nonce = newNonce();
    for (const seen of answer.candidates) if (!firstSeen.has(seen)) firstSeen.set(seen, clock.monotonic());
    if (clock.monotonic() - started >= 3 * MAKER_DIED_MS) {
      throw new HsmUnavailable(`material ${material.reference} is being made by somebody who does not finish`);
    }
    await new Promise<void>((go) => clock.after(pause, go));
  }
}
