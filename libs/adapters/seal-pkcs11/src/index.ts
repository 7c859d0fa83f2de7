export { createPkcs11Seal } from './create.js';
export { openPkcs11Seal } from './open.js';
export type { Pkcs11SealOptions } from './place.js';
