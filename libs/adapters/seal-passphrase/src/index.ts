export { createPassphraseSeal, type CreatePassphraseSealOptions } from './create.js';
export { openPassphraseSeal, type PassphraseSealOptions } from './seal.js';
