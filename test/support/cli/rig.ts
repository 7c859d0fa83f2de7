import { run } from '../../../apps/cli/src/run.js';
import { FakeIo } from './fake-io.js';
import { type Asked, FakeService, type Reply } from './fake-service.js';
import { KEY, TOKEN } from './samples.js';

/** The command line against a service that answers what a test says; a key, unless it says otherwise. */
export class CliRig {
  io = new FakeIo();
  reply: (asked: Asked) => Reply = () => ({ body: KEY });
  private started: FakeService | undefined;

  get service(): FakeService {
    if (this.started === undefined) throw new Error('the service was not started');
    return this.started;
  }

  claviger(...args: readonly string[]): Promise<number> {
    return run(args, this.io);
  }

  /** Method and decoded URL of what was asked so far. */
  asked(): readonly string[] {
    return this.service.asked.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`);
  }

  async start(): Promise<void> {
    this.started = await FakeService.start((asked) => this.reply(asked));
  }

  reset(): void {
    this.service.asked.length = 0;
    this.io = new FakeIo({ CLAVIGER_URL: this.service.url, CLAVIGER_TOKEN: TOKEN });
    this.reply = () => ({ body: KEY });
  }
}

/** A rig for the tests of one file. After each of them the token must not have been printed. */
export function cliRig(): CliRig {
  const rig = new CliRig();
  beforeAll(() => rig.start());
  afterAll(() => rig.service.stop());
  beforeEach(() => rig.reset());
  afterEach(() => expect(rig.io.stdout + rig.io.stderr).not.toContain(TOKEN));
  return rig;
}
