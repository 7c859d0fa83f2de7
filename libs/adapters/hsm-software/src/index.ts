export { type DigestSigner } from './digest-signer.js';
export { DigestWorkers, type DigestWorkersOptions } from './digest-workers.js';
export { SoftwareHsm, type SoftwareHsmOptions } from './hsm.js';
