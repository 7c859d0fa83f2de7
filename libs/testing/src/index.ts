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
export { KeyModel, type ModelOutcome } from './key-model.js';
export { type KeyView, viewOfKey } from './key-view.js';
export { FakeClock } from './fake-clock.js';
export { type AdminAnswer, startTestServer, TestServer, type TestServerOptions } from './server.js';
export { type AwsCliResult, awsCliVersion } from './server/aws-cli.js';
export { type Exit, type LogEntry, type ProcessOptions, ServerProcess } from './server/process.js';
export { builtServer, builtTestCode, pinnedNode, repositoryRoot } from './server/repository.js';
