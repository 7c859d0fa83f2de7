import { assertUsable, type KeyAlgorithm, KmsError, SPEC_FACTS, tokenOffers } from '@claviger/domain';
import { authorise } from '../access/authorise.js';
import { type Lease, withoutLease } from '../access/lease.js';
import type { UseGate } from '../access/use-gate.js';
import type { CallContext } from '../call-context.js';
import type { KeyResolver } from '../key-resolver.js';
import { publicKeyBytes } from './public-keys.js';
import { refuseDryRun } from './road.js';
import type { GetPublicKeyInput, GetPublicKeyResult } from './types.js';

/** The public key of the ACTIVE version, for use outside. */
export class GetPublicKey {
  constructor(
    private readonly resolver: KeyResolver,
    private readonly gate: UseGate,
    private readonly lease: Lease,
  ) {}

  async execute(call: CallContext, input: GetPublicKeyInput): Promise<GetPublicKeyResult> {
    this.gate.enter(call);
    if (!this.lease.held) throw withoutLease();
    const { entry, version } = await this.resolver.resolveChecked(call, input.key, (found) => {
      const { arn, account, policyVersion, usage, spec } = found.attributes;
      authorise(
        call,
        { action: 'kms:GetPublicKey', resource: arn, account, key: found.revision, policy: policyVersion },
        undefined,
      );
      const { family } = SPEC_FACTS[spec];
      if (family === 'symmetric' || family === 'hmac') {
        throw new KmsError(
          'Unsupported',
          `${arn} key usage is ${usage} and its key spec is ${spec}: it has no public key.`,
          { resource: arn },
        );
      }
      const active = found.active ?? found.version(found.attributes.lastVersion);
      if (active === undefined)
        throw new KmsError('InvalidKeyState', `${arn} has no active version.`, { resource: arn });
      assertUsable(found.attributes, active, 'process', call.operation);
      return { entry: found, version: active };
    });
    refuseDryRun(input.dryRun);
    call.facts.version = version.version;
    const { spec, token } = version.material;
    const offered = (algorithm: KeyAlgorithm): boolean => tokenOffers(token, algorithm);
    const { signing, encryption } = SPEC_FACTS[spec];
    const { usage, arn } = entry.attributes;
    return {
      publicKey: publicKeyBytes(entry, version),
      spec,
      usage,
      encryptionAlgorithms: usage === 'ENCRYPT_DECRYPT' ? encryption.filter(offered) : [],
      signingAlgorithms: usage === 'SIGN_VERIFY' ? signing.filter(offered) : [],
      token,
      keyArn: arn,
      version: version.version,
    };
  }
}
