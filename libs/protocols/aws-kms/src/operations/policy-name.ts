import { KmsError } from '@claviger/domain';

/** A key has one policy. */
export const POLICY_NAME = 'default';

/** @throws KmsError NotFound for any other name */
export function assertPolicyName(name: string | undefined): void {
  if (name !== undefined && name !== POLICY_NAME) {
    throw new KmsError('NotFound', 'No such policy exists', { argument: 'PolicyName' });
  }
}
