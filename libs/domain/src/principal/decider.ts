import type { Decider, Decision } from '../envelope.js';
import { KmsError } from '../errors.js';
import { checkEnvironment } from '../key/checks.js';
import { invalid } from '../key/refusals.js';
import { evolvePrincipal } from './evolve.js';
import type {
  CreatePrincipal,
  PrincipalAggregate,
  PrincipalCommand,
  PrincipalContext,
  PrincipalEvent,
  PrincipalState,
} from './principal.js';

/** AWS's limit for access keys; the same idea for tokens. Both allow a change of credentials without a gap. */
const MOST_ACCESS_KEYS = 2;
const MOST_TOKENS = 10;
const NAME = /^[\w+=,.@-]{1,64}$/;
const ACCESS_KEY_ID = /^\w{4,128}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;

const events = (...list: readonly PrincipalEvent[]): Decision<PrincipalEvent> => ({ kind: 'events', events: list });

function decide(state: PrincipalAggregate, command: PrincipalCommand): Decision<PrincipalEvent> {
  if (command.type === 'CreatePrincipal') return create(state, command);
  if (state === null) throw new KmsError('NotFound', 'The principal does not exist', { operation: command.type });
  switch (command.type) {
    case 'IssueAccessKey': {
      const { accessKeyId, secret } = command;
      if (state.accessKeys.some((key) => key.accessKeyId === accessKeyId))
        throw alreadyExists(state, 'access key', accessKeyId);
      limit(state, state.accessKeys, MOST_ACCESS_KEYS, 'access keys', command.type);
      return events(accessKeyIssued({ accessKeyId, secret }));
    }
    case 'RevokeAccessKey': {
      const key = state.accessKeys.find((candidate) => candidate.accessKeyId === command.accessKeyId);
      if (key === undefined) throw notFound(state, 'access key', command.type);
      return key.revokedAt === null
        ? events({ type: 'AccessKeyRevoked', data: { accessKeyId: key.accessKeyId } })
        : events();
    }
    case 'IssueToken': {
      const { tokenId, hash } = command;
      if (state.tokens.some((token) => token.tokenId === tokenId)) throw alreadyExists(state, 'token', tokenId);
      limit(state, state.tokens, MOST_TOKENS, 'tokens', command.type);
      return events(tokenIssued({ tokenId, hash }));
    }
    case 'RevokeToken': {
      const token = state.tokens.find((candidate) => candidate.tokenId === command.tokenId);
      if (token === undefined) throw notFound(state, 'token', command.type);
      return token.revokedAt === null ? events({ type: 'TokenRevoked', data: { tokenId: token.tokenId } }) : events();
    }
    case 'DisablePrincipal':
      return state.disabled ? events() : events({ type: 'PrincipalDisabled', data: {} });
    case 'EnablePrincipal':
      return state.disabled ? events({ type: 'PrincipalEnabled', data: {} }) : events();
  }
}

function create(state: PrincipalAggregate, command: CreatePrincipal): Decision<PrincipalEvent> {
  const { principalId, account, kind, name, environment, administrator, accessKey, token } = command;
  if (state !== null) {
    throw new KmsError('AlreadyExists', `Principal ${state.arn} already exists`, {
      resource: state.arn,
      operation: command.type,
    });
  }
  if (principalId.length === 0) throw invalid('principalId', 'an id', 'none');
  if (!/^\d{12}$/.test(account)) throw invalid('account', '12 digits', account);
  if (!NAME.test(name)) throw invalid('name', '1 to 64 letters, digits or _ + = , . @ -', `${name.length} characters`);
  if (environment !== null) checkEnvironment(environment);
  return events(
    { type: 'PrincipalCreated', data: { principalId, account, kind, name, environment, administrator } },
    ...(accessKey === null ? [] : [accessKeyIssued(accessKey)]),
    ...(token === null ? [] : [tokenIssued(token)]),
  );
}

/** The secret itself never comes here, only its reference. */
function accessKeyIssued({ accessKeyId, secret }: { accessKeyId: string; secret: string }): PrincipalEvent {
  if (!ACCESS_KEY_ID.test(accessKeyId))
    throw invalid('accessKeyId', '4 to 128 letters, digits or _', `${accessKeyId.length} characters`);
  if (secret.length === 0) throw invalid('secret', 'a reference', 'none');
  return { type: 'AccessKeyIssued', data: { accessKeyId, secret } };
}

function tokenIssued({ tokenId, hash }: { tokenId: string; hash: string }): PrincipalEvent {
  if (tokenId.length === 0) throw invalid('tokenId', 'an id', 'none');
  if (!SHA256_HEX.test(hash)) throw invalid('hash', '64 hex digits', `${hash.length} characters`);
  return { type: 'TokenIssued', data: { tokenId, hash } };
}

function limit(
  state: PrincipalState,
  list: readonly { revokedAt: number | null }[],
  most: number,
  what: string,
  operation: string,
): void {
  const valid = list.filter((credential) => credential.revokedAt === null).length;
  if (valid >= most) {
    const message = `${state.arn} has ${valid} valid ${what}, at most ${most} are allowed.`;
    throw new KmsError('LimitExceeded', message, { resource: state.arn, operation });
  }
}

const alreadyExists = (state: PrincipalState, what: string, id: string): KmsError =>
  new KmsError('AlreadyExists', `${state.arn} already has the ${what} ${id}`, { resource: state.arn });

const notFound = (state: PrincipalState, what: string, operation: string): KmsError =>
  new KmsError('NotFound', `${state.arn} has no such ${what}`, { resource: state.arn, operation });

export const principalDecider: Decider<PrincipalAggregate, PrincipalCommand, PrincipalEvent, PrincipalContext> = {
  initialState: null,
  evolve: evolvePrincipal,
  decide,
};
