/** Entry of the worker threads of {@link DigestWorkers}. */
import { parentPort } from 'node:worker_threads';
import { answerDigestJob, type DigestJob } from './digest-job.js';

const port = parentPort;
port?.on('message', (job: DigestJob) => {
  void answerDigestJob(job).then((answer) => port.postMessage(answer));
});
