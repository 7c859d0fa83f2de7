export { type HsmHarness, hsmConformance } from './hsm/conformance.js';
export { sealConformance, type SealHarness } from './seal/conformance.js';
export { sealedStoreConformance, type SealedStoreHarness } from './sealed-store/conformance.js';
