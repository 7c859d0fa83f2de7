import type { DomainEvent } from '../envelope.js';

export type PrincipalKind = 'user' | 'role' | 'service';

export type PrincipalCreated = DomainEvent<
  'PrincipalCreated',
  {
    readonly principalId: string;
    readonly account: string;
    readonly kind: PrincipalKind;
    readonly name: string;
    /** Null: not bound to one. */
    readonly environment: string | null;
    readonly administrator: boolean;
  }
>;
/** `secret` is a reference in the sealed store. */
export type AccessKeyIssued = DomainEvent<'AccessKeyIssued', { readonly accessKeyId: string; readonly secret: string }>;
export type AccessKeyRevoked = DomainEvent<'AccessKeyRevoked', { readonly accessKeyId: string }>;
/** `hash`: SHA-256 (hex) of the token; tokens are random, so no slow hash is needed. */
export type TokenIssued = DomainEvent<'TokenIssued', { readonly tokenId: string; readonly hash: string }>;
export type TokenRevoked = DomainEvent<'TokenRevoked', { readonly tokenId: string }>;
export type PrincipalDisabled = DomainEvent<'PrincipalDisabled', Record<string, never>>;
export type PrincipalEnabled = DomainEvent<'PrincipalEnabled', Record<string, never>>;
export type PrincipalEvent =
  | PrincipalCreated
  | AccessKeyIssued
  | AccessKeyRevoked
  | TokenIssued
  | TokenRevoked
  | PrincipalDisabled
  | PrincipalEnabled;

export interface AccessKeyState {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly issuedAt: number;
  readonly revokedAt: number | null;
}
export interface TokenState {
  readonly tokenId: string;
  readonly hash: string;
  readonly issuedAt: number;
  readonly revokedAt: number | null;
}
export interface PrincipalState {
  readonly principalId: string;
  readonly account: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly arn: string;
  readonly environment: string | null;
  readonly administrator: boolean;
  readonly disabled: boolean;
  readonly createdAt: number;
  readonly accessKeys: readonly AccessKeyState[];
  readonly tokens: readonly TokenState[];
}
export type PrincipalAggregate = PrincipalState | null;

export interface CreatePrincipal {
  readonly type: 'CreatePrincipal';
  readonly principalId: string;
  readonly account: string;
  readonly kind: PrincipalKind;
  readonly name: string;
  readonly environment: string | null;
  readonly administrator: boolean;
  /** Issued in the same append, so that a principal never exists half. */
  readonly accessKey: { readonly accessKeyId: string; readonly secret: string } | null;
  readonly token: { readonly tokenId: string; readonly hash: string } | null;
}
export interface IssueAccessKey {
  readonly type: 'IssueAccessKey';
  readonly accessKeyId: string;
  readonly secret: string;
}
export interface RevokeAccessKey {
  readonly type: 'RevokeAccessKey';
  readonly accessKeyId: string;
}
export interface IssueToken {
  readonly type: 'IssueToken';
  readonly tokenId: string;
  readonly hash: string;
}
export interface RevokeToken {
  readonly type: 'RevokeToken';
  readonly tokenId: string;
}
export interface DisablePrincipal {
  readonly type: 'DisablePrincipal';
}
export interface EnablePrincipal {
  readonly type: 'EnablePrincipal';
}
export type PrincipalCommand =
  | CreatePrincipal
  | IssueAccessKey
  | RevokeAccessKey
  | IssueToken
  | RevokeToken
  | DisablePrincipal
  | EnablePrincipal;

export interface PrincipalContext {
  readonly now: number;
}
