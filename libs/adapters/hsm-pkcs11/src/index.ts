export { Pkcs11Hsm } from './hsm.js';
export { openPkcs11Hsm } from './open.js';
export type { Pkcs11HsmOptions } from './options.js';
export type { PinSource } from './pin.js';
export { Pkcs11SettingsError } from './settings-error.js';
export type { TokenNotice } from './token-link.js';
