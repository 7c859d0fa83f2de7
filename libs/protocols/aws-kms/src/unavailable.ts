import { KmsError } from '@claviger/domain';
import type { FastifyReply } from 'fastify';
import { answer } from './answer.js';
import { renderError, toWireError } from './errors.js';

/** Answers a call of this protocol where the service behind it is not there: as any unavailability, so that SDKs try again. */
export function answerUnavailable(reply: FastifyReply, requestId: string, message: string): void {
  const error = toWireError(new KmsError('Unavailable', message), requestId);
  answer(reply, requestId, error.status, renderError(error));
}
