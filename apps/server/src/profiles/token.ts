import { statSync } from 'node:fs';
import { openPkcs11Hsm, type Pkcs11Hsm, Pkcs11SettingsError, type TokenNotice } from '@claviger/adapters/hsm-pkcs11';
import type { TokenSlot } from '@claviger/application';
import type { Clock, Gauge, Logger, Metrics, Pkcs11Settings, Timer } from '@claviger/platform';
import { type DeviceState, HsmUnavailable } from '@claviger/ports';
import type { RandomSource } from '@claviger/crypto';

/** The token cannot be used as the settings have it. Says which setting, and never the PIN. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export interface TokenParts {
  readonly settings: Pkcs11Settings;
  readonly random: RandomSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Only tests have another. */
  readonly openToken?: typeof openPkcs11Hsm;
}

const LOOK_EVERY_MS = 2_000;

const SETTING: Readonly<Record<Pkcs11SettingsError['setting'], string>> = {
  modulePath: 'CLAVIGER_PKCS11_MODULE',
  tokenLabel: 'CLAVIGER_PKCS11_TOKEN',
  pin: 'CLAVIGER_PKCS11_PIN_FILE',
  sessions: 'CLAVIGER_PKCS11_SESSIONS',
};

/**
 * The token of the settings. It is looked for again and again until it is there, and looked at ever after, so that readiness tells of a
 * token that went away before a caller finds out. A service whose token is away when it starts serves its software keys.
 */
export class WatchedToken implements TokenSlot {
  readonly label: string;
  private opened: Pkcs11Hsm | undefined;
  private why = 'it was not looked for yet';
  /** Of a PIN file whose PIN was refused: not tried again before it is written anew, since a few wrong PINs lock a token. */
  private refusedPinOf: number | undefined;
  private looking: Promise<void> | undefined;
  private timer: Timer | undefined;
  private readonly ready: Gauge;

  private constructor(private readonly parts: TokenParts) {
    this.label = parts.settings.tokenLabel;
    this.ready = parts.metrics.gauge('claviger_token_ready', 'Does the PKCS #11 token answer: 1 yes, 0 no');
  }

  /** @throws TokenRefused when no waiting helps: no pkcs11js, no module, a PIN that is refused */
  static async open(parts: TokenParts): Promise<WatchedToken> {
    const token = new WatchedToken(parts);
    try {
      await token.connect();
    } catch (error) {
      if (error instanceof Pkcs11SettingsError) throw new TokenRefused(`${SETTING[error.setting]}: ${error.message}`);
      throw error;
    }
    token.timer = parts.clock.every(LOOK_EVERY_MS, () => token.look());
    return token;
  }

  get state(): DeviceState {
    return this.opened?.state ?? { kind: 'unavailable', why: this.why };
  }

  reach(): Pkcs11Hsm {
    if (this.opened === undefined)
      throw new HsmUnavailable(`the token "${this.label}" was not reached yet: ${this.why}`);
    return this.opened;
  }

  async close(): Promise<void> {
    this.timer?.cancel();
    await this.looking;
    await this.opened?.close();
  }

  private look(): void {
    this.looking ??= this.lookOnce()
      .catch((error: unknown) => this.parts.logger.error('looking for the token failed unexpectedly', { error }))
      .finally(() => {
        this.looking = undefined;
        this.ready.set(this.state.kind === 'ready' ? 1 : 0);
      });
  }

  private async lookOnce(): Promise<void> {
    if (this.opened !== undefined) {
      await this.opened.checkDevice();
      return;
    }
    try {
      await this.connect();
    } catch (error) {
      // Since the start the settings were put out of order, as by a PIN that was changed: told, and looked at again.
      if (!(error instanceof Pkcs11SettingsError)) throw error;
      this.isAway(`${SETTING[error.setting]}: ${error.message}`);
      if (error.setting === 'pin') this.refusedPinOf = this.pinWrittenAt();
    }
  }

  /** Leaves a token that is not there for later. @throws Pkcs11SettingsError */
  private async connect(): Promise<void> {
    const { settings, random, clock, logger, openToken = openPkcs11Hsm } = this.parts;
    if (this.refusedPinOf !== undefined && this.refusedPinOf === this.pinWrittenAt()) return;
    try {
      this.opened = await openToken({
        modulePath: settings.module,
        tokenLabel: settings.tokenLabel,
        ...(settings.tokenSerial !== null && { tokenSerial: settings.tokenSerial }),
        pin: { file: settings.pinFile },
        sessions: settings.sessions,
        random,
        clock,
        notice: (notice) => this.tell(notice),
      });
    } catch (error) {
      if (!(error instanceof HsmUnavailable)) throw error;
      this.isAway(error.message);
      return;
    }
    this.ready.set(1);
    logger.info(`keys of protection level HSM live in the token "${this.label}"`, { serial: this.opened.token.serial });
  }

  private isAway(why: string): void {
    if (why !== this.why) this.parts.logger.warn(`ALERT: the token "${this.label}" does not answer`, { why });
    this.why = why;
    this.ready.set(0);
  }

  private tell(notice: TokenNotice): void {
    const { logger } = this.parts;
    switch (notice.kind) {
      case 'lost':
        logger.warn(`ALERT: the token "${this.label}" does not answer`, { why: notice.why });
        break;
      case 'recovered':
        logger.info(`the token "${this.label}" answers again`);
        break;
      case 'lacks':
        logger.info(`the token "${this.label}" does not offer all that the service does`, { lacks: notice.what });
        break;
    }
  }

  private pinWrittenAt(): number | undefined {
    try {
      return statSync(this.parts.settings.pinFile).mtimeMs;
    } catch {
      return undefined;
    }
  }
}
