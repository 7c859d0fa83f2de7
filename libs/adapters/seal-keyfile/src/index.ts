export { createKeyFile } from './create.js';
export { openKeyFileSeal, type KeyFileSealOptions } from './open.js';
export { KeyFileSeal } from './seal.js';
