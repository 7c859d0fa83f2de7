import type { ChangedKey } from '@claviger/application';
import { type KeyAttributes, type KeyState, keyStateForAws, listedTags, PROTECTION_LEVELS } from '@claviger/domain';
import { ApiProperty } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { setEtag } from '../etag.js';

export class TagDto {
  @ApiProperty()
  key!: string;

  @ApiProperty()
  value!: string;
}

/** The device of a key whose protection level is HSM. */
class TokenDto {
  @ApiProperty()
  label!: string;

  @ApiProperty({ description: 'Serial number: tells it from another token with this label.' })
  serial!: string;

  @ApiProperty({ type: [String], description: 'Algorithms of the spec that it does not offer.' })
  lacks!: readonly string[];
}

class LifetimeActionDto {
  @ApiProperty({ enum: ['rotate', 'notify'] })
  action!: string;

  @ApiProperty({ required: false, description: 'ISO 8601 duration after creation of the ACTIVE version.' })
  timeAfterCreate?: string;

  @ApiProperty({ required: false, description: 'ISO 8601 duration before it expires.' })
  timeBeforeExpiry?: string;
}

class RotationPolicyDto {
  @ApiProperty({ description: 'Does the key rotate by itself?' })
  enabled!: boolean;

  @ApiProperty({ type: [LifetimeActionDto] })
  lifetimeActions!: readonly LifetimeActionDto[];

  @ApiProperty({ type: String, nullable: true, description: 'ISO 8601 duration; null: versions never expire.' })
  expiryTime!: string | null;
}

class RetirementPolicyDto {
  @ApiProperty({ description: 'Can old versions be retired?' })
  enabled!: boolean;

  @ApiProperty({ description: 'ISO 8601 duration without use before a version can be retired.' })
  idleFor!: string;
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const Moment = (description: string): PropertyDecorator =>
  ApiProperty({ type: String, format: 'date-time', nullable: true, description });

/** A key as the admin API describes it. */
export class KeyDto {
  @ApiProperty({ description: 'Key id (UUID); stays the same across rotations.' })
  keyId!: string;

  @ApiProperty()
  arn!: string;

  @ApiProperty({ description: 'Stream revision: the value of the ETag.' })
  revision!: number;

  @ApiProperty({ enum: ['Enabled', 'Disabled', 'PendingDeletion', 'Deleted'] })
  state!: string;

  @ApiProperty()
  usage!: string;

  @ApiProperty()
  spec!: string;

  @ApiProperty({ description: 'Where the material came from.' })
  origin!: string;

  @ApiProperty({ enum: PROTECTION_LEVELS, description: 'Where the material is kept and works; fixed for ever.' })
  protectionLevel!: string;

  @ApiProperty({ type: TokenDto, nullable: true, description: 'The token that has it; null for SOFTWARE.' })
  token!: TokenDto | null;

  @ApiProperty()
  environment!: string;

  @ApiProperty()
  dataClass!: string;

  @ApiProperty({ type: String, nullable: true })
  owner!: string | null;

  @ApiProperty({ type: [String] })
  uses!: readonly string[];

  @ApiProperty()
  description!: string;

  @ApiProperty({ type: [TagDto] })
  tags!: readonly TagDto[];

  @ApiProperty({ type: 'integer', nullable: true })
  activeVersion!: number | null;

  @ApiProperty({ type: 'integer', nullable: true })
  stagedVersion!: number | null;

  @ApiProperty()
  lastVersion!: number;

  @ApiProperty({ type: RotationPolicyDto })
  rotationPolicy!: RotationPolicyDto;

  @ApiProperty({ type: RetirementPolicyDto })
  retirement!: RetirementPolicyDto;

  @ApiProperty()
  rollbackWindow!: string;

  @ApiProperty()
  purgeProtection!: boolean;

  @Moment('When the key was created.')
  createdAt!: string | null;

  @Moment('When it last got a new ACTIVE version; null: never.')
  lastRotatedAt!: string | null;

  @Moment('When its deletion is due; null: it is not pending deletion.')
  deletionAt!: string | null;

  @Moment('When its deletion was finished.')
  deletedAt!: string | null;
}

export function keyDto(key: KeyAttributes | KeyState, revision: number): KeyDto {
  return {
    keyId: key.keyId,
    arn: key.arn,
    revision,
    state: key.deletedAt === null ? keyStateForAws(key) : 'Deleted',
    usage: key.usage,
    spec: key.spec,
    origin: key.origin,
    protectionLevel: key.protectionLevel,
    token: key.token,
    environment: key.environment,
    dataClass: key.dataClass,
    owner: key.owner,
    uses: key.uses,
    description: key.description,
    tags: listedTags(key),
    activeVersion: key.activeVersion,
    stagedVersion: key.stagedVersion,
    lastVersion: key.lastVersion,
    rotationPolicy: key.rotationPolicy,
    retirement: key.retirement,
    rollbackWindow: key.rollbackWindow,
    purgeProtection: key.purgeProtection,
    createdAt: iso(key.createdAt),
    lastRotatedAt: iso(key.lastRotatedAt),
    deletionAt: iso(key.pendingDeletion?.deletionAt ?? null),
    deletedAt: iso(key.deletedAt),
  };
}

/** What a change of a key is answered with: the key as it is now, and its revision as ETag. */
export function changedKey(reply: FastifyReply, { key, revision }: ChangedKey): KeyDto {
  setEtag(reply, revision);
  return keyDto(key, revision);
}
