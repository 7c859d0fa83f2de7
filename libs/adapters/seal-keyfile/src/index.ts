export { createKeyFile } from './create.js';
export { isInside } from './location.js';
export { openKeyFileSeal, type KeyFileSealOptions } from './open.js';
export { KeyFileError } from './problem.js';
export { KeyFileSeal } from './seal.js';
