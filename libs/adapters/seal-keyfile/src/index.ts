export { createKeyFile } from './create.js';
export { openKeyFileSeal, type KeyFileSealOptions } from './open.js';
