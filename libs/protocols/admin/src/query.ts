import { KmsError } from '@claviger/domain';
import type { CallRequest } from './call.js';

/** The query of a request: a text, or several where a name is repeated. */
export const queryOf = (request: CallRequest): Readonly<Record<string, unknown>> => {
  const { query } = request;
  return typeof query === 'object' && query !== null ? { ...query } : {};
};

/** An unknown Region falls back to the first here and is refused, on the record, by {@link assertRegion}. */
export function regionOf(request: CallRequest, regions: readonly [string, ...string[]]): string {
  const { region } = queryOf(request);
  return typeof region === 'string' && regions.includes(region) ? region : regions[0];
}

/** @throws KmsError Validation */
export function assertRegion(request: CallRequest, regions: readonly string[]): void {
  const { region } = queryOf(request);
  if (region === undefined || (typeof region === 'string' && regions.includes(region))) return;
  throw new KmsError('Validation', `region must be one of ${regions.join(', ')}.`, { argument: 'region' });
}
