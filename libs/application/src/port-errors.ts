import { KmsError } from '@claviger/domain';
import {
  AnchorUnavailable,
  EventStoreUnavailable,
  HsmOverloaded,
  HsmUnavailable,
  JobQueueUnavailable,
  MaterialUnavailable,
  Sealed,
  SealedStoreUnavailable,
  UnknownOutcome,
} from '@claviger/ports';
import { StreamUnavailable } from '@claviger/projections';

/** What the errors of ports and read models mean to a caller; undefined for what nobody expected. */
export function portError(error: unknown): KmsError | undefined {
  if (error instanceof KmsError) return error;
  if (error instanceof HsmOverloaded)
    return new KmsError('Throttled', 'Too many slow operations wait for the HSM. Try again.');
  if (error instanceof HsmUnavailable) return new KmsError('Unavailable', 'The HSM is unavailable.');
  if (error instanceof MaterialUnavailable)
    return new KmsError('Unavailable', 'The key material is unavailable.', { state: 'unavailable' });
  if (error instanceof Sealed) return new KmsError('Unavailable', 'The service is sealed.');
  if (error instanceof SealedStoreUnavailable) return new KmsError('Unavailable', 'The sealed store is unavailable.');
  if (error instanceof EventStoreUnavailable) {
    return new KmsError('Unavailable', 'The event store cannot be written. Nothing was changed.');
  }
  if (error instanceof AnchorUnavailable) {
    return new KmsError('Unavailable', 'The anchor cannot be written. Nothing is changed until it can.');
  }
  if (error instanceof JobQueueUnavailable) {
    return new KmsError('Unavailable', 'The job queue does not answer. What is due is done without it, if later.');
  }
  if (error instanceof UnknownOutcome) {
    return new KmsError(
      'Unavailable',
      'The event store did not answer. Whether the change happened is not known; look before you repeat it.',
    );
  }
  if (error instanceof StreamUnavailable) {
    if (error.newer) {
      return new KmsError(
        'Unavailable',
        'This resource was changed by a newer version of the service than this node runs. It is out of use here until the node is upgraded.',
      );
    }
    return new KmsError(
      'Unavailable',
      'The record of this resource does not verify. It is out of use until an operator has looked at it.',
    );
  }
  return undefined;
}
