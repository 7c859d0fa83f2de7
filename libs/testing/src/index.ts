export { at, given, type Given, GIVEN_AT, type Then, type Timed } from './given.js';
export {
  createKeyCommand,
  DAY,
  HOUR,
  keyCreated,
  later,
  rotated,
  SAMPLE_ACCOUNT,
  SAMPLE_KEY_ARN,
  SAMPLE_KEY_ID,
  SAMPLE_REGION,
  sampleMaterial,
  SECOND,
  storedMaterial,
} from './key-samples.js';
export { decideStep, keyCommandArbitrary, type KeyStep } from './key-commands.js';
export { KeyModel, type KeyView, type ModelOutcome, viewOfKey } from './key-model.js';
