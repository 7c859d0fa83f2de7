import { type SecretBytes, sha256Hex } from '@claviger/crypto';
import type { PrincipalState } from '@claviger/domain';
import type { SealedSecrets } from '@claviger/ports';
import { type KeyState, TwoGenerationCache, type Versioned } from '@claviger/projections';
import type { Caller } from '../call-context.js';

/** An access key that may sign calls now. */
export interface AccessKeyCredential {
  readonly accessKeyId: string;
  readonly caller: Caller;
  readonly secret: SecretBytes;
}

interface Cached extends AccessKeyCredential {
  readonly principal: Versioned<PrincipalState>;
}

const MOST_CACHED = 10_000;

/** Metadata that is bound to the secret of an access key; the sealed store refuses it under any other. */
export const accessKeyAbout = (
  principalId: string,
  accessKeyId: string,
): { principalId: string; accessKeyId: string } => ({
  principalId,
  accessKeyId,
});

/** Finds out who calls, from what the caller proved to hold. Revoked, unknown and disabled are all the same answer: nobody. */
export class Credentials {
  private readonly cache = new TwoGenerationCache<string, Cached>(MOST_CACHED);

  constructor(
    private readonly keyState: KeyState,
    private readonly secrets: SealedSecrets,
  ) {}

  /** From memory, and only while the principal is as it was when this was loaded. */
  peek(accessKeyId: string): AccessKeyCredential | undefined {
    const cached = this.cache.get(accessKeyId);
    if (cached === undefined) return undefined;
    return this.keyState.peekPrincipal(cached.principal.state.principalId) === cached.principal ? cached : undefined;
  }

  /** Catches up with the store before it says that there is no such key. @throws StreamUnavailable */
  async accessKey(accessKeyId: string): Promise<AccessKeyCredential | undefined> {
    const known = this.peek(accessKeyId) ?? (await this.load(accessKeyId));
    if (known !== undefined) return known;
    await this.keyState.toHead();
    return this.load(accessKeyId);
  }

  /** @param token as the caller sent it; only its hash is compared and stored */
  async bearer(token: string): Promise<Caller | undefined> {
    const hash = sha256Hex(token);
    const known = callerOfToken(await this.keyState.principalOfToken(hash), hash);
    if (known !== undefined) return known;
    await this.keyState.toHead();
    return callerOfToken(await this.keyState.principalOfToken(hash), hash);
  }

  private async load(accessKeyId: string): Promise<AccessKeyCredential | undefined> {
    const principal = await this.keyState.principalOfAccessKey(accessKeyId);
    if (principal === undefined || principal.state.disabled) return undefined;
    const key = principal.state.accessKeys.find((candidate) => candidate.accessKeyId === accessKeyId);
    if (key === undefined || key.revokedAt !== null) return undefined;
    const secret = await this.secrets.open(
      key.secret,
      'access-key',
      accessKeyAbout(principal.state.principalId, accessKeyId),
    );
    if (secret === undefined) return undefined;
    const credential: Cached = { accessKeyId, caller: callerOf(principal), secret, principal };
    this.cache.set(accessKeyId, credential);
    return credential;
  }
}

function callerOfToken(principal: Versioned<PrincipalState> | undefined, hash: string): Caller | undefined {
  if (principal === undefined || principal.state.disabled) return undefined;
  const valid = principal.state.tokens.some((token) => token.hash === hash && token.revokedAt === null);
  return valid ? callerOf(principal) : undefined;
}

const callerOf = ({ state, revision }: Versioned<PrincipalState>): Caller => ({
  id: state.principalId,
  account: state.account,
  name: state.name,
  arn: state.arn,
  administrator: state.administrator,
  environment: state.environment,
  revision,
});
