import { type CallContext, type KeyReference, SetRotationPolicyCommand } from '@claviger/application';
import { KmsError, type LifetimeAction, type RotationPolicy } from '@claviger/domain';
import { Body, Put, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { AdminController } from '../admin-controller.js';
import { Call } from '../call.js';
import { OneOf, OptionalDurationText, OptionalFlag, OptionalListOf, OptionalWholeNumber } from '../fields/fields.js';
import { Route } from '../route.js';
import { changedKey, KeyDto } from './key.dto.js';
import { ApiKeyParam, KeyParam } from './key-param.js';

class LifetimeActionBody {
  @OneOf(['rotate', 'notify'], { description: 'What happens.' })
  action!: 'rotate' | 'notify';

  @OptionalDurationText({ description: 'That long after creation of the ACTIVE version.', example: 'P180D' })
  timeAfterCreate?: string;

  @OptionalDurationText({ description: 'That long before it expires.', example: 'P30D' })
  timeBeforeExpiry?: string;
}

class RotationPolicyBody {
  @OptionalFlag({ description: 'Does the key rotate by itself? True by default.' })
  enabled?: boolean;

  @OptionalWholeNumber({ min: 1, max: 3650, description: 'Short for one rotate action every so many days.' })
  everyDays?: number;

  @OptionalListOf(LifetimeActionBody, { max: 8, description: 'What happens to the ACTIVE version with time.' })
  lifetimeActions?: LifetimeActionBody[];

  @OptionalDurationText({
    description: 'Age at which a version expires: it then protects no more. Never by default.',
    example: 'P2Y',
  })
  expiryTime?: string;
}

@AdminController('keys')
export class SetRotationPolicyController {
  constructor(private readonly commands: CommandBus) {}

  @Put(':id/rotation-policy')
  @ApiKeyParam()
  @Route({
    operation: 'SetRotationPolicy',
    summary: 'Set when the key rotates, notifies and expires (R-114)',
    answer: KeyDto,
    change: true,
    revisions: true,
  })
  async handle(
    @Call() call: CallContext,
    @KeyParam() key: KeyReference,
    @Body() body: RotationPolicyBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<KeyDto> {
    const changed = await this.commands.execute(
      new SetRotationPolicyCommand(call, { key, rotationPolicy: policyOf(body) }),
    );
    return changedKey(reply, changed);
  }
}

function policyOf(body: RotationPolicyBody): RotationPolicy {
  if (body.everyDays !== undefined && body.lifetimeActions !== undefined) {
    throw new KmsError('Validation', 'everyDays and lifetimeActions exclude each other.', { argument: 'everyDays' });
  }
  const lifetimeActions: readonly LifetimeAction[] =
    body.everyDays === undefined
      ? (body.lifetimeActions ?? []).map(actionOf)
      : [{ action: 'rotate', timeAfterCreate: `P${body.everyDays}D` }];
  return { enabled: body.enabled ?? true, lifetimeActions, expiryTime: body.expiryTime ?? null };
}

function actionOf({ action, timeAfterCreate, timeBeforeExpiry }: LifetimeActionBody): LifetimeAction {
  // Each action by itself: the compiler does not distribute a union over an object literal.
  if (timeAfterCreate !== undefined && timeBeforeExpiry === undefined) {
    return action === 'rotate' ? { action, timeAfterCreate } : { action, timeAfterCreate };
  }
  if (timeBeforeExpiry !== undefined && timeAfterCreate === undefined) {
    return action === 'rotate' ? { action, timeBeforeExpiry } : { action, timeBeforeExpiry };
  }
  throw new KmsError('Validation', 'A lifetime action has exactly one of timeAfterCreate and timeBeforeExpiry.', {
    argument: 'lifetimeActions',
  });
}
