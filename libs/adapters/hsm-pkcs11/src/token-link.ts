import type { Clock } from '@claviger/platform';
import { type DeviceState, HsmUnavailable, MaterialUnavailable } from '@claviger/ports';
import { SecretBytes } from '@claviger/crypto';
import { Gate } from './gate.js';
import type { Lane } from './lanes/lane.js';
import type { ModuleUse } from './module-use.js';
import { type PinSource, readPin } from './pin.js';
import { Pkcs11SettingsError } from './settings-error.js';
import type { Answer, JobName, Jobs } from './token/jobs.js';
import type { TokenAddress, TokenFacts } from './token/session.js';

export interface TokenLinkParts {
  readonly module: ModuleUse;
  readonly lanes: readonly Lane[];
  readonly address: TokenAddress;
  readonly pin: PinSource;
  readonly clock: Clock;
  /** Milliseconds until a call is given up. */
  readonly callTimeout: number;
  readonly mostWaiting: number;
  readonly notice: (notice: TokenNotice) => void;
}

export type TokenNotice =
  | { readonly kind: 'lost'; readonly why: string }
  | { readonly kind: 'recovered' }
  /** What the domain offers and this token does not. Once, when it was opened. */
  | { readonly kind: 'lacks'; readonly what: readonly string[] };

/** SoftHSM does not always find a token into which another process is writing just then. */
const FURTHER_TRIES = 4;
const PAUSE_MS = 25;

/** A lane, and the epoch of the module in which its session was opened. */
interface Place {
  readonly lane: Lane;
  epoch: number | undefined;
}

/**
 * The pool of sessions with one token. When session or token turn out to be gone, the module is ended and begun anew, once per call
 * and once for all calls that wait for it, and the call is done again. Nothing else helps with a token that went away and came back.
 */
export class TokenLink {
  readonly #gate: Gate;
  readonly #idle: Place[];
  readonly #places: readonly Place[];
  #address: TokenAddress;
  #state: DeviceState = { kind: 'ready' };
  #viewsGoStale = false;
  #recoveries = 0;
  #recovering: Promise<void> | undefined;
  /** A PIN that the token has refused; never tried again, since a few wrong ones lock the token. */
  #refused: SecretBytes | undefined;
  #closed = false;

  constructor(private readonly parts: TokenLinkParts) {
    this.#places = parts.lanes.map((lane) => ({ lane, epoch: undefined }));
    this.#idle = [...this.#places].reverse();
    this.#gate = new Gate(this.#places.length, parts.mostWaiting);
    this.#address = parts.address;
  }

  get state(): DeviceState {
    return this.#state;
  }

  /** Does a process have to look anew to see what others did? See `TokenFacts`. */
  get viewsGoStale(): boolean {
    return this.#viewsGoStale;
  }

  /** Opens the first session; the others follow as they are needed. @throws Pkcs11SettingsError, HsmUnavailable */
  async open(): Promise<TokenFacts> {
    this.parts.module.enter();
    let answer = await this.parts.module.shared(() => this.#connect(this.#first(), true));
    for (let left = FURTHER_TRIES; answer.kind === 'lost' && left > 0; left--) {
      await this.#pause();
      answer = await this.#beginAnew(true);
    }
    if (answer.kind !== 'done') {
      throw answer.kind === 'unusable' || answer.kind === 'pin-refused'
        ? new Pkcs11SettingsError(answer.kind === 'unusable' ? 'modulePath' : 'pin', answer.why)
        : new HsmUnavailable(answer.why);
    }
    this.#address = { label: answer.result.label, serial: answer.result.serial };
    this.#viewsGoStale = answer.result.viewsGoStale;
    return answer.result;
  }

  /**
   * Does a job on any session. The request's bytes must not change before the promise settles.
   * @throws HsmUnavailable, HsmOverloaded; MaterialUnavailable of this reference
   */
  async call<J extends JobName>(job: J, request: Jobs[J]['request'], reference: string): Promise<Jobs[J]['result']> {
    const recoveries = this.#recoveries;
    let answer = await this.#run(job, request);
    if (answer.kind === 'lost') {
      await this.#recover(recoveries, answer.why);
      answer = await this.#run(job, request);
    } else if (this.#viewsGoStale && isDoubtful(answer)) {
      await this.lookAnew();
      answer = await this.#run(job, request);
    }
    switch (answer.kind) {
      case 'done':
        this.#note({ kind: 'ready' });
        return answer.result;
      case 'absent':
        throw new MaterialUnavailable(reference, { cause: new Error(answer.why) });
      case 'failed':
        throw new HsmUnavailable(`the token refused: ${answer.why}`);
      case 'lost':
      case 'pin-refused':
      case 'unusable':
        throw this.#unavailable(answer.why);
    }
  }

  /**
   * Sees to it that the next call knows what other processes have done to the token until now. Costs nothing where the module sees that
   * by itself; otherwise all sessions are opened anew.
   *
   * @throws HsmUnavailable
   */
  async lookAnew(): Promise<void> {
    if (this.#viewsGoStale) await this.#reconnectOnce(undefined);
  }

  /** Does a job that needs no token on every lane, after what each does now. @throws HsmUnavailable when one does not return */
  async everywhere<J extends 'drop' | 'forget'>(job: J, request: Jobs[J]['request']): Promise<void> {
    const started = this.#places.filter(({ epoch }) => epoch !== undefined);
    const all = Promise.all(started.map(({ lane }) => lane.ask(job, request)));
    await this.#inTime<void>((answered) => all.then(() => answered()), undefined);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { module, clock, callTimeout } = this.parts;
    await module.shared(async () => {
      const connected = this.#places.filter(({ epoch }) => epoch === module.epoch);
      await Promise.all(connected.map(({ lane }) => lane.ask('disconnect', undefined)));
    });
    if (module.leave() && this.#first().epoch !== undefined) {
      await module
        .alone(clock, callTimeout, () => this.#first().lane.ask('finalize', undefined))
        .catch(() => undefined); // somebody's call hangs; the process ends without it
    }
    await Promise.all(this.#places.map(({ lane }) => lane.close()));
    this.#refused?.wipe();
  }

  #run<J extends JobName>(job: J, request: Jobs[J]['request']): Promise<Answer<J>> {
    if (this.#closed) return Promise.resolve({ kind: 'lost', why: 'it was closed' });
    let given = false;
    return this.#inTime<Answer<J>>(
      (answered) =>
        this.#gate.run(async () => {
          if (given) return; // nobody waits for it any more
          const place = this.#idle.pop();
          if (place === undefined) throw new Error('the gate lets in as many as there are lanes');
          try {
            answered(await this.parts.module.shared(() => this.#onPlace(place, job, request)));
          } finally {
            this.#idle.push(place);
          }
        }),
      () => {
        given = true;
      },
    );
  }

  /** The first to come: what `work` hands to `answered`, what it throws, or the end of patience. `work` goes on in any case. */
  #inTime<T>(work: (answered: (value: T) => void) => Promise<void>, whenLate: (() => void) | undefined): Promise<T> {
    const { clock, callTimeout } = this.parts;
    return new Promise((resolve, reject) => {
      const timer = clock.after(callTimeout, () => {
        whenLate?.();
        reject(this.#unavailable(`the token did not answer within ${callTimeout} ms`));
      });
      work(resolve)
        .catch(reject)
        .finally(() => timer.cancel());
    });
  }

  async #onPlace<J extends JobName>(place: Place, job: J, request: Jobs[J]['request']): Promise<Answer<J>> {
    if (place.epoch !== this.parts.module.epoch) {
      const connected = await this.#connect(place, false);
      if (connected.kind !== 'done') return connected;
    }
    const answer = await place.lane.ask(job, request);
    if (answer.kind === 'lost') place.epoch = undefined;
    return answer;
  }

  async #connect(place: Place, leaveMarker: boolean): Promise<Answer<'connect'>> {
    place.epoch = undefined;
    let pin: SecretBytes;
    try {
      pin = readPin(this.parts.pin);
    } catch (error) {
      if (error instanceof Pkcs11SettingsError) return { kind: 'pin-refused', why: error.message, tried: false };
      throw error;
    }
    try {
      return await this.#connectWith(pin, place, leaveMarker);
    } finally {
      pin.wipe();
    }
  }

  async #connectWith(pin: SecretBytes, place: Place, leaveMarker: boolean): Promise<Answer<'connect'>> {
    if (this.#refused?.equals(pin) === true) {
      return { kind: 'pin-refused', why: 'the token has refused this PIN before; it is not tried again', tried: false };
    }
    const answer = await pin.use((bytes) =>
      place.lane.ask('connect', { address: this.#address, pin: bytes, leaveMarker }),
    );
    if (answer.kind === 'done') place.epoch = this.parts.module.epoch;
    if (answer.kind === 'pin-refused' && answer.tried) this.#refused = pin.use((bytes) => SecretBytes.copyOf(bytes));
    return answer;
  }

  /** Not needed when there was one since `recoveries` was read. */
  async #recover(recoveries: number, why: string): Promise<void> {
    if (this.#recoveries === recoveries) await this.#reconnectOnce(why);
  }

  /** One for all who need it. It cannot have begun before a call of theirs returned: it has the module alone. */
  async #reconnectOnce(lost: string | undefined): Promise<void> {
    this.#recovering ??= this.#reconnect(lost).finally(() => {
      this.#recovering = undefined;
    });
    await this.#recovering;
  }

  async #reconnect(lost: string | undefined): Promise<void> {
    if (lost !== undefined) this.#note({ kind: 'unavailable', why: lost });
    let answer = await this.#beginAnew(false);
    for (let left = this.#viewsGoStale ? FURTHER_TRIES : 0; answer.kind === 'lost' && left > 0; left--) {
      await this.#pause();
      answer = await this.#beginAnew(false);
    }
    if (answer.kind !== 'done') throw this.#unavailable(answer.why);
    this.#recoveries++;
    this.#note({ kind: 'ready' });
  }

  #pause(): Promise<void> {
    return new Promise((go) => this.parts.clock.after(PAUSE_MS, go));
  }

  #beginAnew(leaveMarker: boolean): Promise<Answer<'connect'>> {
    const { module, clock, callTimeout } = this.parts;
    return module.alone(clock, callTimeout, async () => {
      await this.#first().lane.ask('finalize', undefined);
      return this.#connect(this.#first(), leaveMarker);
    });
  }

  #unavailable(why: string): HsmUnavailable {
    this.#note({ kind: 'unavailable', why });
    return new HsmUnavailable(`the token "${this.#address.label}" cannot serve now: ${why}`);
  }

  #note(state: DeviceState): void {
    const before = this.#state.kind;
    this.#state = state;
    if (state.kind === 'unavailable' && before === 'ready') this.parts.notice({ kind: 'lost', why: state.why });
    if (state.kind === 'ready' && before === 'unavailable') this.parts.notice({ kind: 'recovered' });
  }

  #first(): Place {
    const [first] = this.#places;
    if (first === undefined) throw new RangeError('a token needs at least one session');
    return first;
  }
}

/**
 * Worth another look: not there yet, perhaps; or an error of SoftHSM, which stumbles (CKR_GENERAL_ERROR) when one thread looks for
 * objects while another makes some. Every job may be done again.
 */
function isDoubtful(answer: Answer<JobName>): boolean {
  return answer.kind === 'failed' || (answer.kind === 'absent' && answer.unsure);
}
