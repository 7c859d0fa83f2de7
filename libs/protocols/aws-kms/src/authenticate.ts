import type { AccessKeyCredential, Caller, Credentials } from '@claviger/application';
import type { Clock } from '@claviger/platform';
import { Signers } from './sigv4/signing-key.js';
import { type SigningCredential, type SigV4Request, type SigV4Result, verifySigV4 } from './sigv4/verify.js';

const SERVICE = 'kms';

/** Finds out who signed a request. */
export class Authenticator {
  private readonly signers = new Signers<AccessKeyCredential>(SERVICE);

  constructor(
    private readonly credentials: Pick<Credentials, 'peek' | 'accessKey'>,
    private readonly clock: Clock,
    private readonly regions: readonly string[],
  ) {}

  /**
   * Verifies with what is in memory. Only a request that is well formed, in time and in scope, and whose access key is
   * not in memory, is worth looking for the key in the store.
   * @throws whatever the read model throws when it cannot say whether there is such a key
   */
  authenticate(request: SigV4Request): SigV4Result<Caller> | Promise<SigV4Result<Caller>> {
    const result = this.verify(request, this.inMemory);
    if (result.ok || result.accessKeyId === undefined || result.error.type !== 'UnrecognizedClientException') {
      return result;
    }
    return this.authenticateFromStore(request, result, result.accessKeyId);
  }

  private async authenticateFromStore(
    request: SigV4Request,
    refusal: SigV4Result<Caller>,
    accessKeyId: string,
  ): Promise<SigV4Result<Caller>> {
    const credential = await this.credentials.accessKey(accessKeyId);
    return credential === undefined ? refusal : this.verify(request, () => this.signers.of(credential));
  }

  private verify(
    request: SigV4Request,
    lookup: (accessKeyId: string) => SigningCredential<Caller> | undefined,
  ): SigV4Result<Caller> {
    return verifySigV4(request, { now: this.clock.now(), regions: this.regions, service: SERVICE, lookup });
  }

  private readonly inMemory = (accessKeyId: string): SigningCredential<Caller> | undefined => {
    const credential = this.credentials.peek(accessKeyId);
    return credential === undefined ? undefined : this.signers.of(credential);
  };
}
