/** Entry of the threads of {@link ThreadLane}: a token session each, and all of its blocking calls. */
import { parentPort, workerData } from 'node:worker_threads';
import { isLaneSettings, type LaneMessage } from './lanes/message.js';
import { type Answer, type JobName } from './token/jobs.js';
import { Unusable } from './token/failure.js';
import { loadModule } from './token/load-module.js';
import { TokenRunner } from './token/runner.js';
import { compacted, wipeBytes } from './lanes/bytes.js';

const port = parentPort;
const runner = load();

/** The module is loaded here and not in the main thread, so that loading blocks nobody; failing to is the answer to every job. */
function load(): TokenRunner | string {
  if (!isLaneSettings(workerData)) return 'no module was named';
  try {
    return new TokenRunner(loadModule(workerData.modulePath));
  } catch (error) {
    return error instanceof Unusable ? error.message : 'the PKCS #11 module cannot be loaded';
  }
}

port?.on('message', ({ id, job, request }: LaneMessage) => {
  const answer: Answer<JobName> =
    typeof runner === 'string' ? { kind: 'unusable', why: runner } : runner.run(job, request);
  const message = compacted(answer);
  port.postMessage({ id, answer: message });
  for (const sent of [request, answer, message]) wipeBytes(sent); // plaintexts, data keys, the PIN
});
