import { type CallContext, CreateKeyCommand } from '@claviger/application';
import {
  DATA_CLASSES,
  type DataClass,
  ENVIRONMENT_PATTERN,
  KEY_SPECS,
  KEY_USAGES,
  type KeySpec,
  type KeyUsage,
  PROTECTION_LEVELS,
  type ProtectionLevel,
} from '@claviger/domain';
import { Body, Post, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminOptions } from '../admin-options.js';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import {
  OptionalDurationText,
  OptionalFlag,
  OptionalListOf,
  OptionalOneOf,
  OptionalText,
  OptionalTextList,
  OneOf,
} from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { plainTags, TagBody } from './tag-key.controller.js';

class CreateKeyBody {
  @OneOf(KEY_USAGES, { description: 'Purpose; fixed for ever (R-43, R-52).', example: 'ENCRYPT_DECRYPT' })
  usage!: KeyUsage;

  @OptionalOneOf(KEY_SPECS, { description: 'Algorithm; SYMMETRIC_DEFAULT (AES-256-GCM) by default.' })
  spec?: KeySpec;

  @OptionalText({
    min: 1,
    max: 32,
    pattern: ENVIRONMENT_PATTERN,
    description: 'Environment (R-53); the account default otherwise.',
  })
  environment?: string;

  @OptionalOneOf(DATA_CLASSES, { description: 'Data class (R-55); the account default otherwise.' })
  dataClass?: DataClass;

  @OptionalOneOf(PROTECTION_LEVELS, {
    description: 'HSM: made in the configured token, which it never leaves. The account default otherwise.',
  })
  protectionLevel?: ProtectionLevel;

  @OptionalText({ min: 1, max: 256, description: 'Team or person that answers for the key.' })
  owner?: string;

  @OptionalTextList({ max: 128, description: 'What the key is for, for example jwt-signing (R-59).' })
  uses?: string[];

  @OptionalText({ max: 8192, description: 'Free text.' })
  description?: string;

  @OptionalListOf(TagBody, { max: 50, description: 'Tags, without the reserved claviger: ones.' })
  tags?: TagBody[];

  @OptionalDurationText({ description: 'How long the previous version can be made ACTIVE again; P7D by default.' })
  rollbackWindow?: string;

  @OptionalFlag({ description: 'Nobody can shorten the waiting period before deletion (R-105).' })
  purgeProtection?: boolean;
}

@AdminController('keys')
export class CreateKeyController {
  constructor(
    private readonly commands: CommandBus,
    private readonly options: AdminOptions,
  ) {}

  @Post()
  @Route({ operation: 'CreateKey', summary: 'Create a key', status: 201, answer: KeyDto, change: true })
  async handle(
    @Call() call: CallContext,
    @Body() body: CreateKeyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(
      new CreateKeyCommand(call, {
        usage: body.usage,
        spec: body.spec ?? 'SYMMETRIC_DEFAULT',
        environment: body.environment ?? null,
        dataClass: body.dataClass ?? null,
        protectionLevel: body.protectionLevel ?? null,
        owner: body.owner ?? null,
        uses: body.uses ?? [],
        description: body.description ?? '',
        tags: plainTags(body.tags ?? []),
        taggedAttributes: [],
        policy: this.options.keyPolicy(call.caller.account),
        rotationPolicy: null,
        rollbackWindow: body.rollbackWindow ?? null,
        retirement: null,
        purgeProtection: body.purgeProtection ?? false,
      }),
    );
    void reply.header('location', `/api/v1/keys/${changed.key.keyId}`);
    return changedKey(reply, changed);
  }
}
