import { aliasArn, keyArn } from '../arn.js';
import type { Decider, Decision } from '../envelope.js';
import { KmsError } from '../errors.js';
import { SPEC_FACTS } from '../key/attributes.js';
import type {
  AliasAggregate,
  AliasCommand,
  AliasContext,
  AliasEvent,
  AliasState,
  AliasTarget,
  CreateAlias,
  DeleteAlias,
  UpdateAlias,
} from './alias.js';

/** Without the prefix `alias/`; with it 256 characters. */
const NAME = /^[a-zA-Z0-9:/_-]{1,250}$/;
const MOST_ALIASES_PER_KEY = 50;

function evolve(state: AliasAggregate, event: AliasEvent, at: number): AliasAggregate {
  switch (event.type) {
    case 'AliasCreated': {
      const { account, region, name, keyId } = event.data;
      return {
        account,
        region,
        name,
        arn: aliasArn(account, region, `alias/${name}`),
        keyId,
        createdAt: at,
        updatedAt: at,
      };
    }
    case 'AliasRetargeted':
      return state === null ? null : { ...state, keyId: event.data.to, updatedAt: at };
    case 'AliasDeleted':
      return state === null ? null : { ...state, keyId: null, updatedAt: at };
  }
}

function decide(state: AliasAggregate, command: AliasCommand, context: AliasContext): Decision<AliasEvent> {
  switch (command.type) {
    case 'CreateAlias':
      return createAlias(state, command, context);
    case 'UpdateAlias':
      return updateAlias(state, command, context);
    case 'DeleteAlias': {
      const { keyId } = existing(state, command);
      return { kind: 'events', events: [{ type: 'AliasDeleted', data: { keyId } }] };
    }
  }
}

/** A name that was deleted can be taken again. */
function createAlias(state: AliasAggregate, command: CreateAlias, context: AliasContext): Decision<AliasEvent> {
  const { account, region, name, keyId } = command;
  if (!NAME.test(name) || name.startsWith('aws/')) {
    throw new KmsError(
      'InvalidAliasName',
      'An alias name has letters, digits, colon, slash, underscore and hyphen, and does not begin with aws/.',
      {
        argument: 'name',
        operation: command.type,
      },
    );
  }
  if (state !== null && state.keyId !== null) {
    throw new KmsError('AlreadyExists', `An alias with the name ${state.arn} already exists`, {
      resource: state.arn,
      operation: command.type,
    });
  }
  const arn = keyArn(account, region, keyId);
  checkTarget(context, arn, command);
  checkCount(context, arn, command);
  return { kind: 'events', events: [{ type: 'AliasCreated', data: { account, region, name, keyId } }] };
}

/** one atomic step. Only to a key that does the same: clients that use the alias must not notice. */
function updateAlias(state: AliasAggregate, command: UpdateAlias, context: AliasContext): Decision<AliasEvent> {
  const alias = existing(state, command);
  const target = checkTarget(context, keyArn(alias.account, alias.region, command.keyId), command);
  if (alias.keyId === command.keyId) return { kind: 'events', events: [] };
  const { current } = context;
  if (
    current !== undefined &&
    !current.deleted &&
    (current.usage !== target.usage || kindOf(current) !== kindOf(target))
  ) {
    const message = `${alias.arn} points to a key of kind ${kindOf(current)} for ${current.usage} and cannot move to one of kind ${kindOf(target)} for ${target.usage}.`;
    throw new KmsError('Validation', message, { resource: alias.arn, argument: 'keyId', operation: command.type });
  }
  checkCount(context, target.arn, command);
  return { kind: 'events', events: [{ type: 'AliasRetargeted', data: { from: alias.keyId, to: command.keyId } }] };
}

function kindOf(target: AliasTarget): 'symmetric' | 'asymmetric' | 'HMAC' {
  switch (SPEC_FACTS[target.spec].family) {
    case 'symmetric':
      return 'symmetric';
    case 'rsa':
    case 'ecc':
      return 'asymmetric';
    case 'hmac':
      return 'HMAC';
  }
}

function existing(state: AliasAggregate, { type }: UpdateAlias | DeleteAlias): AliasState & { readonly keyId: string } {
  if (state === null) throw new KmsError('NotFound', 'The alias is not found.', { operation: type });
  const { keyId } = state;
  if (keyId === null)
    throw new KmsError('NotFound', `Alias ${state.arn} is not found.`, { resource: state.arn, operation: type });
  return { ...state, keyId };
}

/** In the alias's own account and Region, neither deleted nor pending deletion; a disabled key will do. */
function checkTarget({ target }: AliasContext, arn: string, { type }: CreateAlias | UpdateAlias): AliasTarget {
  if (target === undefined || target.deleted || target.arn !== arn) {
    throw new KmsError('NotFound', `Key '${arn}' does not exist`, { resource: arn, operation: type });
  }
  if (target.pendingDeletion) {
    throw new KmsError('InvalidKeyState', `${arn} is pending deletion.`, {
      resource: arn,
      state: 'pending_deletion',
      operation: type,
    });
  }
  return target;
}

function checkCount({ aliasesOfTarget }: AliasContext, arn: string, { type }: CreateAlias | UpdateAlias): void {
  if (aliasesOfTarget >= MOST_ALIASES_PER_KEY) {
    throw new KmsError(
      'LimitExceeded',
      `${arn} has ${aliasesOfTarget} aliases, at most ${MOST_ALIASES_PER_KEY} are allowed.`,
      {
        resource: arn,
        operation: type,
      },
    );
  }
}

export const aliasDecider: Decider<AliasAggregate, AliasCommand, AliasEvent, AliasContext> = {
  initialState: null,
  evolve,
  decide,
};
