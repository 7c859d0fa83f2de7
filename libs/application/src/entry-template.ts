import type { EntryDetail, JournalEntry } from '@claviger/ports';
import type { CallContext, UnauthenticatedCall } from './call-context.js';

const MOST_TEMPLATES = 10_000;

/**
 * Writes journal entries. What does not change between the calls of one principal is made once: a constant prefix and one small tail per
 * call cost a tenth of stringifying an object. Everything that a caller chose still goes through JSON.stringify.
 */
export class EntryTemplates {
  private readonly prefixes = new Map<string, string>();
  private lastMs = -1;
  private lastIso = '';

  constructor(private readonly node: string) {}

  entry(
    call: CallContext,
    result: 'success' | 'denied' | 'failure',
    error: string | undefined,
    now: number,
  ): JournalEntry {
    const { facts, caller } = call;
    let open = `${this.prefix(call)}"result":"${result}","id":${JSON.stringify(call.requestId)},"at":"${this.iso(now)}"`;
    if (error !== undefined) open += `,"error":${JSON.stringify(error)}`;
    if (facts.keyId !== null) open += `,"key":${JSON.stringify(facts.keyId)}`;
    if (facts.version !== null) open += `,"version":${facts.version}`;
    if (facts.counts && result === 'success') open += ',"counts":true';
    if (facts.source !== null)
      open += `,"source":${JSON.stringify({ key: facts.source.keyId, version: facts.source.version })}`;
    const { key, policy, principal } = facts.decidedOn;
    if (principal !== undefined) {
      open += `,"decidedOn":{"principal":${principal}${key === undefined ? '' : `,"key":${key}`}${
        policy === undefined ? '' : `,"policy":${policy}`
      }}`;
    }
    if (facts.extra !== null) open += `,"extra":${JSON.stringify(facts.extra)}`;
    return { account: caller.account, at: now, open: `${open}}`, detail: detailOf(call) };
  }

  private prefix(call: CallContext): string {
    const { caller } = call;
    const key = `${caller.id}|${call.protocol}|${call.operation}|${call.region}`;
    let prefix = this.prefixes.get(key);
    if (prefix === undefined) {
      if (this.prefixes.size >= MOST_TEMPLATES) this.prefixes.clear();
      const fields = {
        v: 1,
        node: this.node,
        principal: caller.id,
        account: caller.account,
        region: call.region,
        protocol: call.protocol,
        operation: call.operation,
      };
      prefix = `${JSON.stringify(fields).slice(0, -1)},`;
      this.prefixes.set(key, prefix);
    }
    return prefix;
  }

  private iso(now: number): string {
    if (now !== this.lastMs) {
      this.lastMs = now;
      this.lastIso = new Date(now).toISOString();
    }
    return this.lastIso;
  }
}

/** `context` is canonical JSON already. */
function detailOf(call: CallContext): string {
  const { source, caller, reason, facts } = call;
  let detail = `{"source":${JSON.stringify(source.address)},"name":${JSON.stringify(caller.name)}`;
  if (source.userAgent !== null) detail += `,"userAgent":${JSON.stringify(source.userAgent)}`;
  if (reason !== null) detail += `,"reason":${JSON.stringify(reason)}`;
  if (facts.context !== '') detail += `,"context":${facts.context}`;
  if (facts.named !== null) detail += `,"named":${JSON.stringify(facts.named)}`;
  return `${detail}}`;
}

/** The same, as an object, for the sealed detail of events. */
export function entryDetail(call: CallContext): EntryDetail {
  const { source, caller, reason, facts } = call;
  return {
    source: source.address,
    name: caller.name,
    ...(source.userAgent === null ? {} : { userAgent: source.userAgent }),
    ...(reason === null ? {} : { reason }),
    ...(facts.named === null ? {} : { named: facts.named }),
  };
}

export function unauthenticatedEntry(
  node: string,
  now: number,
  call: UnauthenticatedCall,
  calls: number,
): JournalEntry {
  const open = {
    v: 1,
    id: call.requestId,
    at: new Date(now).toISOString(),
    node,
    protocol: call.protocol,
    operation: call.operation,
    result: 'denied',
    error: call.error,
    ...(calls === 1 ? {} : { calls }),
  };
  const detail: EntryDetail = {
    source: call.source.address,
    ...(call.source.userAgent === null ? {} : { userAgent: call.source.userAgent }),
  };
  return { account: '-', at: now, open: JSON.stringify(open), detail: JSON.stringify(detail) };
}
