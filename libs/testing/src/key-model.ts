import type { KeyCommand, KmsErrorKind, VersionStatus } from '@claviger/domain';
import type { KeyStep } from './key-commands.js';
import { type ModelVersion, newModelVersion, Refused, refuse, top } from './key-model-version.js';
import { DAY } from './key-samples.js';
import type { KeyView } from './key-view.js';

export type ModelOutcome = 'nothing' | 'changed' | KmsErrorKind;

/**
 * A second, plain account of a key's life, written from the state table and not from the domain's code: mutable, a stack of states per
 * version, no events. Random commands run against both; where they disagree one of them is wrong.
 */
export class KeyModel {
  private readonly versions = new Map<number, ModelVersion>();
  private created = false;
  private off = false;
  private deleteAt: number | null = null;
  private floor = 0;
  private burning = false;
  private deleted = false;
  private guarded = false;
  private archives = false;
  private expiring = false;
  private policySince = 0;
  private covered = -1;
  private texts = { description: '', policy: '{"Version":"2012-10-17","Statement":[]}', tag: '' };

  /** Takes the step if it is legal and tells how it ends. */
  step(step: KeyStep, now: number): ModelOutcome {
    try {
      return this.take(step.command, step, now) ? 'changed' : 'nothing';
    } catch (error) {
      if (error instanceof Refused) return error.kind;
      throw error;
    }
  }

  view(): KeyView {
    const phase = this.deleted
      ? 'deleted'
      : this.burning
        ? 'destroying'
        : this.deleteAt !== null
          ? 'pending_deletion'
          : this.off
            ? 'disabled'
            : 'enabled';
    return {
      phase: this.created ? phase : 'none',
      active: this.active() ?? null,
      last: Math.max(0, ...this.versions.keys()),
      versions: Array.from(this.versions, ([version, v]) => ({ version, status: top(v), flagged: v.flagged })),
    };
  }

  private take(command: KeyCommand, { approved, usedAgoMs }: KeyStep, now: number): boolean {
    if (command.type === 'CreateKey') {
      if (this.created) refuse('AlreadyExists');
      this.created = true;
      this.policySince = now;
      this.add('ACTIVE', now, null);
      return true;
    }
    if (!this.created || this.deleted) refuse('NotFound');
    if (command.type === 'RecordDestruction') return this.record(command.versions);
    if (this.burning) refuse('InvalidKeyState');
    switch (command.type) {
      case 'CompromiseVersion':
        return this.compromise(command.version);
      case 'PutPolicy':
        return this.put('policy', command.policy);
      case 'EnablePurgeProtection': {
        const news = !this.guarded;
        this.guarded = true;
        return news;
      }
      case 'StartDestruction':
        return this.burn(now);
      case 'CancelDeletion':
        return this.cancel(command.version);
      default:
        if (this.deleteAt !== null) refuse('InvalidKeyState');
        return this.takeLiving(command, approved, usedAgoMs, now);
    }
  }

  private takeLiving(command: KeyCommand, approved: boolean, usedAgo: number | null, now: number): boolean {
    switch (command.type) {
      case 'RotateKey':
        return this.rotate(command.trigger, now);
      case 'StageVersion':
        this.mustBeOn();
        if (this.staged() !== undefined) refuse('InvalidKeyState');
        this.add('STAGED', now, null);
        return true;
      case 'ActivateVersion':
        return this.activate(command.version, now);
      case 'RollBackVersion':
        return this.rollBack(now);
      case 'RetireVersion':
        return this.retire(command.version, usedAgo, now);
      case 'RestoreVersion': {
        this.mustBeOn();
        const v = this.get(command.version);
        if (top(v) !== 'RETIRED' || !approved) refuse('InvalidKeyState');
        v.stack = [v.flagged ? 'COMPROMISED' : 'PENDING_RETIREMENT'];
        v.waitingSince = now;
        v.until = v.flagged ? null : now + 2 * DAY;
        return true;
      }
      case 'DisableKey':
        return command.version === null ? this.switchOff() : this.disable(this.get(command.version));
      case 'EnableKey':
        return command.version === null ? this.switchOn() : this.enable(this.get(command.version), now);
      case 'ScheduleDeletion':
        return this.schedule(command.version, command.windowDays, now);
      case 'ExpireVersion': {
        const v = this.get(command.version);
        if (top(v) !== 'ACTIVE') refuse('InvalidKeyState');
        if (v.expired) return false;
        if (!this.pastExpiry(v, now)) refuse('InvalidKeyState');
        v.expired = true;
        return true;
      }
      case 'SetRotationPolicy': {
        this.mustBeOn();
        const expiring = command.rotationPolicy.enabled;
        if (expiring === this.expiring) return false;
        this.expiring = expiring;
        this.policySince = now;
        this.covered = -1;
        return true;
      }
      case 'SetRetirementPolicy': {
        const news = this.archives !== command.retirement.enabled;
        this.archives = command.retirement.enabled;
        return news;
      }
      case 'UpdateDescription':
        return this.put('description', command.description);
      case 'TagKey':
        return this.put('tag', command.tags[0]?.value ?? '');
      case 'UntagKey':
        return this.put('tag', '');
      default:
        throw new Error(`the model knows no ${command.type}`);
    }
  }

  private rotate(trigger: string, now: number): boolean {
    const active = this.active();
    if (this.off && !(trigger === 'compromise' && active === undefined)) refuse('Disabled');
    if (trigger === 'automatic') {
      const period = Math.floor((now - this.policySince) / (10 * DAY));
      if (!this.expiring || period <= Math.max(0, this.covered)) return false;
      if (this.staged() !== undefined) refuse('InvalidKeyState');
      this.covered = period;
    } else if (trigger === 'on_demand' && this.staged() !== undefined) refuse('InvalidKeyState');
    const parent = active ?? this.lastActive();
    if (active !== undefined) this.stepDown(active, now);
    else this.supersede();
    this.add('ACTIVE', now, parent);
    return true;
  }

  private activate(number: number, now: number): boolean {
    const active = this.active();
    if (this.off && active !== undefined) refuse('Disabled');
    const v = this.get(number);
    if (top(v) !== 'STAGED' || this.pastExpiry(v, now)) refuse('InvalidKeyState');
    v.parent = active ?? this.lastActive();
    if (active !== undefined) this.stepDown(active, now);
    else this.supersede();
    v.stack = ['ACTIVE'];
    v.activated = now;
    return true;
  }

  private rollBack(now: number): boolean {
    this.mustBeOn();
    const active = this.active();
    const parent = active === undefined ? null : this.get(active).parent;
    if (active === undefined || parent === null) return refuse('InvalidKeyState');
    const back = this.get(parent);
    const inWindow = now <= (this.get(active).activated ?? 0) + 7 * DAY;
    const fresh = !back.expired && !this.pastExpiry(back, now) && back.until === null;
    if (top(back) !== 'PENDING_RETIREMENT' || !inWindow || !fresh) refuse('InvalidKeyState');
    this.stepDown(active, now);
    back.stack = ['ACTIVE'];
    return true;
  }

  private retire(number: number, usedAgo: number | null, now: number): boolean {
    const v = this.get(number);
    if (top(v) === 'PENDING_RETIREMENT') {
      if (v.until === null || v.until > now) {
        this.mustBeOn();
        const idleSince = Math.max(v.waitingSince, usedAgo === null ? 0 : now - usedAgo);
        if (!this.archives || now < idleSince + DAY) refuse('InvalidKeyState');
      }
    } else if (top(v) !== 'COMPROMISED') refuse('InvalidKeyState');
    v.stack = ['RETIRED'];
    v.until = null;
    return true;
  }

  private switchOff(): boolean {
    const news = !this.off;
    this.off = true;
    return news;
  }

  private switchOn(): boolean {
    if (!this.off) return false;
    if (this.active() === undefined) refuse('InvalidKeyState');
    this.off = false;
    return true;
  }

  private disable(v: ModelVersion): boolean {
    switch (top(v)) {
      case 'DISABLED':
        return false;
      case 'ACTIVE':
        this.off = true;
        break;
      case 'PENDING_RETIREMENT':
        break;
      default:
        refuse('InvalidKeyState');
    }
    v.stack.push('DISABLED');
    return true;
  }

  private enable(v: ModelVersion, now: number): boolean {
    if (top(v) === 'ACTIVE' || top(v) === 'PENDING_RETIREMENT') return false;
    if (top(v) !== 'DISABLED') refuse('InvalidKeyState');
    v.stack.pop();
    if (top(v) === 'PENDING_RETIREMENT') v.waitingSince = now;
    return true;
  }

  private schedule(number: number | null, days: number, now: number): boolean {
    if (days < 7 || days > 90) refuse('Validation');
    const when = now + days * DAY;
    if (number === null) {
      const floors = Array.from(this.versions.values(), (v) => (top(v) === 'DELETED' ? 0 : v.floor));
      if (this.guarded && when < Math.max(this.floor, ...floors)) refuse('InvalidKeyState');
      this.deleteAt = when;
      this.floor = Math.max(this.floor, when);
      return true;
    }
    const v = this.get(number);
    if (!['STAGED', 'RETIRED', 'DISABLED', 'COMPROMISED'].includes(top(v))) refuse('InvalidKeyState');
    if (this.guarded && when < Math.max(this.floor, v.floor)) refuse('InvalidKeyState');
    v.stack.push('PENDING_DELETION');
    v.deleteAt = when;
    v.floor = Math.max(v.floor, when);
    return true;
  }

  private cancel(number: number | null): boolean {
    if (number === null) {
      if (this.deleteAt === null) refuse('InvalidKeyState');
      this.deleteAt = null;
      this.off = true;
      return true;
    }
    if (this.deleteAt !== null) refuse('InvalidKeyState');
    const v = this.get(number);
    const beneath = v.stack.at(-2);
    if (top(v) !== 'PENDING_DELETION' || (beneath === 'STAGED' && this.staged() !== undefined))
      refuse('InvalidKeyState');
    v.stack.pop();
    if (v.flagged) v.stack = ['COMPROMISED'];
    return true;
  }

  private burn(now: number): boolean {
    if (this.deleteAt !== null) {
      if (now < this.deleteAt) refuse('InvalidKeyState');
      this.burning = true;
      for (const v of this.versions.values()) v.burning = true;
      this.finish();
      return true;
    }
    const due = [...this.versions.values()].filter(
      (v) => top(v) === 'PENDING_DELETION' && !v.burning && v.deleteAt <= now,
    );
    if (due.length === 0) refuse('InvalidKeyState');
    for (const v of due) v.burning = true;
    return true;
  }

  /** No numbers: those whose destruction has begun. */
  private record(numbers: readonly number[]): boolean {
    const begun = Array.from(this.versions).filter(([, v]) => v.burning && top(v) !== 'DELETED');
    const asked = numbers.length === 0 ? begun.map(([number]) => number) : numbers;
    if (asked.length === 0) refuse('Validation');
    const all = asked.map((number) => {
      const v = this.versions.get(number) ?? refuse('NotFound');
      return v.burning ? v : refuse('InvalidKeyState');
    });
    let news = false;
    for (const v of all) {
      news ||= top(v) !== 'DELETED';
      v.stack = ['DELETED'];
    }
    this.finish();
    return news;
  }

  private compromise(number: number | null): boolean {
    let hit = [...this.versions.values()].filter((v) => top(v) !== 'DELETED' && !v.burning);
    if (number !== null) hit = [this.get(number)];
    let news = false;
    for (const v of hit.filter((candidate) => !candidate.flagged)) {
      if (top(v) === 'ACTIVE') this.off = true;
      v.stack = ['COMPROMISED'];
      v.flagged = true;
      v.until = null;
      news = true;
    }
    return news;
  }

  private add(status: VersionStatus, now: number, parent: number | null): void {
    this.versions.set(this.versions.size + 1, newModelVersion(status, now, parent));
  }

  private put(name: keyof typeof this.texts, value: string): boolean {
    const news = this.texts[name] !== value;
    this.texts[name] = value;
    return news;
  }

  /** A version that exists and is not being, or has not been, destroyed. */
  private get(number: number): ModelVersion {
    const v = this.versions.get(number) ?? refuse('NotFound');
    return v.burning ? refuse('InvalidKeyState') : v;
  }

  private mustBeOn(): void {
    if (this.off) refuse('Disabled');
  }

  private pastExpiry = (v: ModelVersion, now: number): boolean => this.expiring && v.made + 30 * DAY <= now;

  private stepDown(number: number, now: number): void {
    const v = this.get(number);
    v.stack = ['PENDING_RETIREMENT'];
    v.waitingSince = now;
  }

  private supersede(): void {
    for (const v of this.versions.values()) if (v.stack[0] === 'ACTIVE') v.stack[0] = 'PENDING_RETIREMENT';
  }

  private finish(): void {
    if (this.burning && [...this.versions.values()].every((v) => top(v) === 'DELETED')) this.deleted = true;
  }

  private active = (): number | undefined => this.find('ACTIVE');
  private staged = (): number | undefined => this.find('STAGED');
  private find(status: VersionStatus): number | undefined {
    for (const [number, v] of this.versions) if (top(v) === status) return number;
    return undefined;
  }

  private lastActive(): number | null {
    const once = Array.from(this.versions, ([number, v]) => ({ number, at: v.activated ?? -1 })).filter(
      ({ at }) => at >= 0,
    );
    const latest = Math.max(...once.map(({ at }) => at));
    return once.findLast(({ at }) => at === latest)?.number ?? null;
  }
}
