import type { DueAction, KeyState } from '@claviger/domain';

/**
 * What a job names, and all that it says:
 * `rotate-<account>-<region>-<key>-v<n>`: n is the key's last version, which the rotation leaves behind ·
 * `destroy-<account>-<region>-<key>`: the key, or versions of it, whose window is over ·
 * `expire-<account>-<region>-<key>-v<n>`: a time limit of version n: its notice, its cryptoperiod, the end of a restore.
 */
const JOB_TYPES = ['rotate', 'destroy', 'expire'] as const;
export type JobType = (typeof JOB_TYPES)[number];

export interface JobName {
  readonly type: JobType;
  readonly account: string;
  readonly region: string;
  readonly keyId: string;
}

/** The id of the job that an action of this key belongs to. The same state gives the same id, on every node. */
export function jobIdOf({ account, region, keyId, lastVersion }: KeyState, { command }: DueAction): string {
  const key = `${account}-${region}-${keyId}`;
  switch (command.type) {
    case 'RotateKey':
      return `rotate-${key}-v${lastVersion}`;
    case 'StartDestruction':
    case 'RecordDestruction':
      return `destroy-${key}`;
    case 'ExpireVersion':
    case 'NotifyExpiry':
    case 'RetireVersion':
      return `expire-${key}-v${command.version}`;
  }
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const JOB_ID = new RegExp(`^(rotate|destroy|expire)-([0-9]{12})-([a-z0-9-]{1,32})-(${UUID})(-v[1-9][0-9]{0,9})?$`);
const LONGEST = 255;

/** Where to look; undefined for text that is no id of a job. Total: ids come from whoever can write the queue. */
export function parseJobId(text: string): JobName | undefined {
  const match = text.length > LONGEST ? null : JOB_ID.exec(text);
  const [, name, account, region, keyId] = match ?? [];
  const type = JOB_TYPES.find((known) => known === name);
  if (type === undefined || account === undefined || region === undefined || keyId === undefined) return undefined;
  return { type, account, region, keyId };
}
