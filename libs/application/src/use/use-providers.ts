import { useLimitPeriod } from '@claviger/domain';
import type { Clock, Ids, Logger, Metrics } from '@claviger/platform';
import type { KeyState } from '@claviger/projections';
import type { Provider } from '@nestjs/common';
import type { Lease } from '../access/lease.js';
import type { UseGate } from '../access/use-gate.js';
import type { KeyChanges } from '../change/key-changes.js';
import type { ChangeKernel } from '../change/kernel.js';
import type { HsmDevices } from '../hsm-devices.js';
import type { KeyResolver } from '../key-resolver.js';
import type { Holds } from '../processes/holds.js';
import { systemCall } from '../system-call.js';
import { Decrypt } from './decrypt.js';
import { Encrypt } from './encrypt.js';
import { GenerateDataKey } from './generate-data-key.js';
import { GenerateRandom } from './generate-random.js';
import { GetPublicKey } from './get-public-key.js';
import { GenerateMac, VerifyMac } from './mac.js';
import { PublicKeys } from './public-keys.js';
import { ReEncrypt } from './re-encrypt.js';
import { UseRoad } from './road.js';
import { Sign } from './sign.js';
import { StateAlarm } from './state-alarm.js';
import { UseReservations } from './use-reservations.js';
import { Verify } from './verify.js';
import { UnwrapDataKey, WrapDataKey } from './wrap-data-key.js';

export interface UseParts {
  readonly devices: HsmDevices;
  readonly keyState: KeyState;
  readonly resolver: KeyResolver;
  readonly gate: UseGate;
  readonly lease: Lease;
  readonly holds: Holds;
  readonly kernel: ChangeKernel;
  readonly changes: KeyChanges;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly cached: number;
}

/** The use road, wired. Plain objects: nothing on it goes through buses, pipes or interceptors. */
export function useProviders(parts: UseParts): {
  readonly reservations: UseReservations;
  readonly providers: Provider[];
} {
  const { devices, keyState, resolver, gate, kernel, changes, clock, ids, logger } = parts;
  const road = new UseRoad(resolver, gate, parts.lease, parts.holds, devices, new StateAlarm(logger, parts.metrics));
  const publicKeys = new PublicKeys(parts.cached);
  const reservations = new UseReservations(kernel, clock, ids, logger, (attributes, active) => {
    const { account, region, keyId, arn } = attributes;
    const call = systemCall(ids, clock, 'use-limit', account, region, 'RotateKey');
    changes
      .execute(call, {
        key: { kind: 'id', keyId },
        command: {
          type: 'RotateKey',
          trigger: 'use_limit',
          period: useLimitPeriod({ ...attributes, versions: [active] }),
          spec: null,
        },
        action: 'kms:RotateKeyOnDemand',
        revokes: true,
      })
      .catch((error: unknown) =>
        logger.error('a key that has reached its number of uses could not be rotated', { error, key: arn }),
      );
  });
  const encrypt = new Encrypt(road, reservations, publicKeys);
  const decrypt = new Decrypt(road, resolver, keyState);
  const providers: Provider[] = [
    { provide: UseReservations, useValue: reservations },
    { provide: Encrypt, useValue: encrypt },
    { provide: Decrypt, useValue: decrypt },
    { provide: ReEncrypt, useValue: new ReEncrypt(road, decrypt, encrypt) },
    { provide: GenerateDataKey, useValue: new GenerateDataKey(road, reservations, ids) },
    { provide: GenerateRandom, useValue: new GenerateRandom(ids) },
    { provide: Sign, useValue: new Sign(road) },
    { provide: Verify, useValue: new Verify(road, publicKeys) },
    { provide: GenerateMac, useValue: new GenerateMac(road) },
    { provide: VerifyMac, useValue: new VerifyMac(road) },
    { provide: WrapDataKey, useValue: new WrapDataKey(road) },
    { provide: UnwrapDataKey, useValue: new UnwrapDataKey(road) },
    { provide: GetPublicKey, useValue: new GetPublicKey(resolver, gate, parts.lease) },
  ];
  return { reservations, providers };
}
