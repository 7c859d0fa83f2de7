import { allowsMessageType, digestLength } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { KeyEntry } from '@claviger/projections';
import type { CallContext } from '../call-context.js';
import { assertAlgorithm, materialOf, refuseDryRun, type UseRoad, withMaterial } from './road.js';
import type { SignInput, SignResult } from './types.js';

/** Signs a message or its digest with the ACTIVE version. */
export class Sign {
  constructor(private readonly road: UseRoad) {}

  async execute(call: CallContext, input: SignInput): Promise<SignResult> {
    const usable = await this.road.active(call, {
      key: input.key,
      action: 'kms:Sign',
      usage: 'SIGN_VERIFY',
      use: 'protect',
    });
    const { entry, version } = usable.subject;
    assertSignable(entry, input);
    refuseDryRun(input.dryRun);
    const { algorithm, messageType, message } = input;
    const signature = await withMaterial(entry, () =>
      this.road.devices.use('sign', materialOf(usable.subject), { algorithm, messageType, message }),
    );
    call.facts.counts = true;
    return { signature, algorithm, keyArn: entry.attributes.arn, version: version.version };
  }
}

/** @throws KmsError InvalidKeyUsage, Validation */
export function assertSignable(entry: KeyEntry, { algorithm, messageType, message }: SignInput): void {
  assertAlgorithm(entry, 'signing', algorithm);
  if (!allowsMessageType(algorithm, messageType)) {
    throw new KmsError('Validation', `MessageType ${messageType} is not valid for algorithm ${algorithm}.`, {
      argument: 'MessageType',
    });
  }
  if (messageType === 'DIGEST' && message.length !== digestLength(algorithm)) {
    throw new KmsError('Validation', `Digest is invalid length for algorithm ${algorithm}.`, { argument: 'Message' });
  }
}
