import { SecretBytes } from '@claviger/crypto';
import { Pkcs11Hsm } from './hsm.js';
import { ThreadLane } from './lanes/thread-lane.js';
import { moduleUseOf } from './module-use.js';
import type { Pkcs11HsmOptions } from './options.js';
import { Pkcs11SettingsError } from './settings-error.js';
import { TokenLink } from './token-link.js';

const SESSIONS = 4;
const MOST_SESSIONS = 64;
const CALL_TIMEOUT_MS = 60_000;
const MOST_WAITING = 1024;

/**
 * Opens a token: finds it by its label, logs in, and tries out what it can do. Close the result in the end.
 *
 * @throws Pkcs11SettingsError when it cannot work as it is set up: no pkcs11js, no module, the PIN refused, a token that keeps no data
 *   objects. HsmUnavailable when the token is not there, or does not answer.
 */
export async function openPkcs11Hsm(options: Pkcs11HsmOptions): Promise<Pkcs11Hsm> {
  const { modulePath, tokenLabel, random, clock, notice = () => undefined, mostWaiting = MOST_WAITING } = options;
  const sessions = options.sessions ?? SESSIONS;
  if (!Number.isInteger(sessions) || sessions < 1 || sessions > MOST_SESSIONS) {
    throw new Pkcs11SettingsError('sessions', `sessions is a number from 1 to ${MOST_SESSIONS}, got ${sessions}`);
  }
  const entry = options.entry ?? new URL('./token-worker.js', import.meta.url);
  const pin = options.pin instanceof SecretBytes ? options.pin.use((bytes) => SecretBytes.copyOf(bytes)) : options.pin;
  const link = new TokenLink({
    module: moduleUseOf(modulePath),
    lanes: Array.from({ length: sessions }, () => new ThreadLane({ modulePath }, entry)),
    address: { label: tokenLabel, serial: options.tokenSerial },
    pin,
    clock,
    callTimeout: options.callTimeout ?? CALL_TIMEOUT_MS,
    mostWaiting,
    notice,
  });
  try {
    const token = await link.open();
    const capabilities = await link.call('capabilities', undefined, '');
    if (capabilities.lacks.length > 0) notice({ kind: 'lacks', what: capabilities.lacks });
    return new Pkcs11Hsm({ link, token, capabilities, random, clock, sessions, mostWaiting });
  } catch (error) {
    await link.close();
    throw error;
  }
}
