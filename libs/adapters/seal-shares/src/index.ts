export { createSharesSeal } from './create.js';
export type { SealFilePlace as SharesSealOptions } from './file.js';
export { openSharesSeal, SharesSeal } from './seal.js';
