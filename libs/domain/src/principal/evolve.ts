import { principalArn } from '../arn.js';
import type { PrincipalAggregate, PrincipalEvent } from './principal.js';

export function evolvePrincipal(state: PrincipalAggregate, event: PrincipalEvent, at: number): PrincipalAggregate {
  if (event.type === 'PrincipalCreated') {
    const { principalId, account, kind, name, environment, administrator } = event.data;
    return (
      state ?? {
        principalId,
        account,
        kind,
        name,
        arn: principalArn(account, kind, name),
        environment,
        administrator,
        disabled: false,
        createdAt: at,
        accessKeys: [],
        tokens: [],
      }
    );
  }
  if (state === null) return null;
  switch (event.type) {
    case 'AccessKeyIssued':
      return { ...state, accessKeys: [...state.accessKeys, { ...event.data, issuedAt: at, revokedAt: null }] };
    case 'AccessKeyRevoked':
      return {
        ...state,
        accessKeys: state.accessKeys.map((key) =>
          key.accessKeyId === event.data.accessKeyId ? { ...key, revokedAt: key.revokedAt ?? at } : key,
        ),
      };
    case 'TokenIssued':
      return { ...state, tokens: [...state.tokens, { ...event.data, issuedAt: at, revokedAt: null }] };
    case 'TokenRevoked':
      return {
        ...state,
        tokens: state.tokens.map((token) =>
          token.tokenId === event.data.tokenId ? { ...token, revokedAt: token.revokedAt ?? at } : token,
        ),
      };
    case 'PrincipalDisabled':
      return { ...state, disabled: true };
    case 'PrincipalEnabled':
      return { ...state, disabled: false };
  }
}
