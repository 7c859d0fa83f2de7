export { type WireError, renderError, toWireError } from './errors.js';
export { deriveSigningKey, SigningKeyCache } from './sigv4/signing-key.js';
export {
  type SigningCredential,
  type SigV4Deps,
  type SigV4Request,
  type SigV4Result,
  verifySigV4,
} from './sigv4/verify.js';
