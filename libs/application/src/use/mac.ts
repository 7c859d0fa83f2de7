import { constantTimeEqual } from '@claviger/crypto';
import { KmsError } from '@claviger/domain';
import type { CallContext } from '../call-context.js';
import { missingVersion } from './decrypt.js';
import { assertAlgorithm, materialOf, refuseDryRun, type UseRequest, type UseRoad, withMaterial } from './road.js';
import type { GenerateMacInput, GenerateMacResult, VerifyMacInput, VerifyMacResult } from './types.js';

/** A MAC under the ACTIVE version. */
export class GenerateMac {
  constructor(private readonly road: UseRoad) {}

  async execute(call: CallContext, input: GenerateMacInput): Promise<GenerateMacResult> {
    const usable = await this.road.active(call, {
      key: input.key,
      action: 'kms:GenerateMac',
      usage: 'GENERATE_VERIFY_MAC',
      use: 'protect',
    });
    const { entry, version } = usable.subject;
    const { algorithm, message } = input;
    assertAlgorithm(entry, 'mac', algorithm);
    refuseDryRun(input.dryRun);
    const mac = await withMaterial(entry, () =>
      this.road.devices.use('mac', materialOf(usable.subject), { algorithm, message }),
    );
    call.facts.counts = true;
    return { mac, algorithm, keyArn: entry.attributes.arn, version: version.version };
  }
}

/** Checks a MAC with the ACTIVE version, then with older ones that may still verify. */
export class VerifyMac {
  constructor(private readonly road: UseRoad) {}

  async execute(call: CallContext, input: VerifyMacInput): Promise<VerifyMacResult> {
    const request: UseRequest = {
      key: input.key,
      action: 'kms:VerifyMac',
      usage: 'GENERATE_VERIFY_MAC',
      use: 'process',
    };
    const candidates =
      input.version === null
        ? await this.road.candidates(call, request)
        : [await this.road.named(call, request, input.version, () => missingVersion(input.version))];
    const { algorithm, message } = input;
    const first = candidates[0];
    if (first !== undefined) assertAlgorithm(first.subject.entry, 'mac', algorithm);
    refuseDryRun(input.dryRun);
    for (const { subject } of candidates) {
      const { entry, version } = subject;
      const expected = await withMaterial(entry, () =>
        this.road.devices.use('mac', materialOf(subject), { algorithm, message }),
      );
      if (constantTimeEqual(expected, input.mac)) {
        call.facts.version = version.version;
        call.facts.counts = true;
        return { algorithm, keyArn: entry.attributes.arn, version: version.version };
      }
    }
    call.facts.version = null;
    throw new KmsError('InvalidMac', 'The MAC is not valid for this message, key and algorithm.');
  }
}
