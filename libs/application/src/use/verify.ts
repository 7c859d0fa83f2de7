import { verifyMessage } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { CallContext } from '../call-context.js';
import { missingVersion } from './decrypt.js';
import type { PublicKeys } from './public-keys.js';
import { refuseDryRun, type UseRequest, type UseRoad } from './road.js';
import { assertSignable } from './sign.js';
import type { VerifyInput, VerifyResult } from './types.js';

/** Checks a signature with the ACTIVE version, then with older ones that may still verify; the record names the one that matched. */
export class Verify {
  constructor(
    private readonly road: UseRoad,
    private readonly publicKeys: PublicKeys,
  ) {}

  async execute(call: CallContext, input: VerifyInput): Promise<VerifyResult> {
    const request: UseRequest = { key: input.key, action: 'kms:Verify', usage: 'SIGN_VERIFY', use: 'process' };
    const candidates =
      input.version === null
        ? await this.road.candidates(call, request)
        : [await this.road.named(call, request, input.version, () => missingVersion(input.version))];
    const { algorithm, messageType, message, signature } = input;
    const first = candidates[0];
    if (first !== undefined) assertSignable(first.subject.entry, input);
    refuseDryRun(input.dryRun);
    for (const { subject } of candidates) {
      const { entry, version } = subject;
      if (await verifyMessage(this.publicKeys.of(entry, version), algorithm, messageType, message, signature)) {
        call.facts.version = version.version;
        call.facts.counts = true;
        return { algorithm, keyArn: entry.attributes.arn, version: version.version };
      }
    }
    call.facts.version = null;
    throw new KmsError('InvalidSignature', 'The signature is not valid for this message, key and algorithm.');
  }
}
