import type { SecretBytes } from '@claviger/crypto';
import {
  algorithmsOf,
  isSameToken,
  type KeyAlgorithm,
  type KeySpec,
  type KeyUsage,
  KmsError,
  type MaterialToken,
  type ProtectionLevel,
  type TokenName,
} from '@claviger/domain';
import {
  type DeviceState,
  type GeneratedMaterial,
  type Hsm,
  HsmUnavailable,
  type HsmUses,
  type Material,
  type TokenDevice,
} from '@claviger/ports';

/** Material, and the token that has it; null: the software HSM. What the version's event says, never a guess. */
export interface PlacedMaterial extends Material {
  readonly token: TokenName | null;
}

/** A token that the settings name. It may be away, also when the service starts; the profile goes on looking for it. */
export interface TokenSlot {
  readonly label: string;
  readonly state: DeviceState;
  /** @throws HsmUnavailable until it was reached for the first time */
  reach(): TokenDevice;
}

export interface TokenStatus {
  readonly label: string;
  /** Null until it was reached for the first time. */
  readonly serial: string | null;
  readonly state: DeviceState;
  /** What the domain offers and this token does not, in words. */
  readonly lacks: readonly string[];
}

/** A device and what it is called in events. */
export interface Place {
  readonly token: TokenName | null;
  readonly hsm: Hsm;
}

/**
 * The devices of this service, and the way of each call to the one that has the material. A token is asked only if it is the very one that
 * the event names, by label and serial number: what was destroyed in another would still be there.
 */
export class HsmDevices {
  constructor(
    private readonly software: Hsm,
    private readonly slot: TokenSlot | null,
  ) {}

  /** Where material of a new key is to be made. @throws KmsError Unsupported, which says what is lacking; Unavailable */
  placeFor(level: ProtectionLevel, spec: KeySpec, usage: KeyUsage): TokenName | null {
    if (level === 'SOFTWARE') {
      assertOffers(this.software, this.software.device, spec, usage);
      return null;
    }
    const { label, serial } = this.reached(this.assertHasToken().label).token;
    assertOffers(this.deviceOf({ label, serial }), inWords({ label, serial }), spec, usage);
    return { label, serial };
  }

  /** @throws KmsError Unsupported where no token is configured */
  assertHasToken(): TokenSlot {
    if (this.slot !== null) return this.slot;
    throw new KmsError(
      'Unsupported',
      'Protection level HSM is not offered: no token is configured (CLAVIGER_PKCS11_MODULE).',
      { argument: 'protectionLevel', found: 'HSM' },
    );
  }

  /** @throws as {@link Hsm.generate}; KmsError Unsupported, Unavailable */
  async generate(material: PlacedMaterial): Promise<GeneratedMaterial & { readonly token: MaterialToken | null }> {
    const { token, spec, usage } = material;
    if (token === null) return { ...(await this.software.generate(material)), token };
    return this.inToken(token, async (device) => {
      assertOffers(device, inWords(token), spec, usage);
      const made = await device.generate(material);
      return { ...made, token: { ...token, lacks: lacksOf(device, spec, usage) } };
    });
  }

  /** Without a promise of its own for software keys. @throws as {@link Hsm.use}; KmsError Unavailable */
  use<U extends keyof HsmUses>(
    use: U,
    material: PlacedMaterial,
    request: HsmUses[U]['request'],
  ): Promise<HsmUses[U]['result']> {
    return material.token === null
      ? this.software.use(use, material, request)
      : this.inToken(material.token, (device) => device.use(use, material, request));
  }

  /** @throws as {@link Hsm.destroy}; KmsError Unavailable when the device is not there: nothing is destroyed anywhere then */
  async destroy(material: PlacedMaterial): Promise<void> {
    return material.token === null
      ? this.software.destroy(material)
      : this.inToken(material.token, (device) => device.destroy(material));
  }

  /** Why no data key is wrapped under this material in the form of RFC 5649; undefined when it is. @throws KmsError Unavailable */
  wrappingRefusal({ token, spec, usage }: PlacedMaterial): string | undefined {
    if (token === null) return 'it is no key in a token; GenerateDataKey and Encrypt wrap data keys under it';
    return this.deviceOf(token).wrappingRefusal(spec, usage);
  }

  /** @throws as KeyWrapping.wrapKey; KmsError Unavailable */
  wrapKey(material: PlacedMaterial, dataKey: SecretBytes): Promise<Uint8Array> {
    return this.inToken(tokenOf(material), (device) => device.wrapKey(material, dataKey));
  }

  /** @throws as KeyWrapping.unwrapKey; KmsError Unavailable */
  unwrapKey(material: PlacedMaterial, wrapped: Uint8Array): Promise<SecretBytes | undefined> {
    return this.inToken(tokenOf(material), (device) => device.unwrapKey(material, wrapped));
  }

  /** Drops what is in memory of this key, wherever that is. */
  forget(keyId: string): void {
    this.software.forget(keyId);
    this.device()?.forget(keyId);
  }

  /** Every device that can be asked, the software first. */
  places(): readonly Place[] {
    const device = this.device();
    const software = { token: null, hsm: this.software };
    return device === undefined ? [software] : [software, { token: device.token, hsm: device }];
  }

  status(): { readonly software: string; readonly token: TokenStatus | null } {
    const { slot } = this;
    const device = this.device();
    return {
      software: this.software.device,
      token: slot && {
        label: slot.label,
        serial: device?.token.serial ?? null,
        state: slot.state,
        lacks: device?.lacks ?? [],
      },
    };
  }

  private async inToken<T>(token: TokenName, work: (device: TokenDevice) => Promise<T>): Promise<T> {
    try {
      return await work(this.deviceOf(token));
    } catch (error) {
      throw error instanceof HsmUnavailable ? doesNotAnswer(token.label) : error;
    }
  }

  private deviceOf(wanted: TokenName): TokenDevice {
    if (this.slot === null) {
      throw new KmsError('Unavailable', `The key is in ${inWords(wanted)}, and no token is configured.`, UNAVAILABLE);
    }
    const device = this.reached(wanted.label);
    if (!isSameToken(device.token, wanted)) {
      throw new KmsError(
        'Unavailable',
        `The key is in ${inWords(wanted)}; configured is ${inWords(device.token)}.`,
        UNAVAILABLE,
      );
    }
    return device;
  }

  private reached(label: string): TokenDevice {
    const device = this.device();
    if (device === undefined) throw doesNotAnswer(label);
    return device;
  }

  private device(): TokenDevice | undefined {
    try {
      return this.slot?.reach();
    } catch (error) {
      if (error instanceof HsmUnavailable) return undefined;
      throw error;
    }
  }
}

/** Whoever wraps asks for a refusal before. */
function tokenOf({ token, reference }: PlacedMaterial): TokenName {
  if (token === null) throw new RangeError(`material ${reference} is in no token`);
  return token;
}

const UNAVAILABLE = { state: 'unavailable' } as const;

const inWords = ({ label, serial }: TokenName): string => `token "${label}" (serial ${serial})`;

/** Why it does not is for operators: the log and the status say it. */
const doesNotAnswer = (label: string): KmsError =>
  new KmsError('Unavailable', `The token "${label}" does not answer.`, UNAVAILABLE);

function assertOffers(device: Hsm, name: string, spec: KeySpec, usage: KeyUsage): void {
  if (device.supports(spec, usage)) return;
  throw new KmsError('Unsupported', `KeySpec ${spec} with KeyUsage ${usage} is not offered by ${name}.`, {
    found: spec,
  });
}

const lacksOf = (device: Hsm, spec: KeySpec, usage: KeyUsage): readonly KeyAlgorithm[] =>
  algorithmsOf(spec, usage).filter((algorithm) => !device.supports(spec, usage, algorithm));
