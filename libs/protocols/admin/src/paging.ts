import { KmsError } from '@claviger/domain';
import { ApiProperty } from '@nestjs/swagger';
import { OptionalQueryNumber, OptionalText } from './fields/fields.js';

export const DEFAULT_LIMIT = 50;
const MOST_PER_PAGE = 500;

/** Query of every list. */
export class PageQuery {
  @OptionalQueryNumber({ min: 1, max: MOST_PER_PAGE, description: `Items per page; ${DEFAULT_LIMIT} by default.` })
  limit?: number;

  @OptionalText({ max: 2048, description: 'Where to go on: `next` of the page before.' })
  cursor?: string;

  @OptionalText({ max: 32, description: 'Region; the first configured one by default.' })
  region?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** Cursors are opaque: base64url of what a list needs to go on. */
export const encodeCursor = (after: string | null): string | null =>
  after === null ? null : Buffer.from(after, 'utf8').toString('base64url');

/** Empty for the first page. @throws KmsError InvalidMarker for text that is no cursor of this service */
export function decodeCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (cursor === '' || Buffer.from(text, 'utf8').toString('base64url') !== cursor) throw invalidCursor();
  return text;
}

export const invalidCursor = (): KmsError =>
  new KmsError('InvalidMarker', 'cursor is not one that this service gave for this list.', { argument: 'cursor' });

/** Describes the `{items, next}` of a list of `item` in OpenAPI. */
export function pageOf<T>(item: new () => T, name: string): new () => Page<T> {
  class Listed {
    @ApiProperty({ type: item, isArray: true })
    items: readonly T[] = [];

    @ApiProperty({ type: String, nullable: true, description: 'Cursor of the next page; null at the end.' })
    next: string | null = null;
  }
  Object.defineProperty(Listed, 'name', { value: name });
  return Listed;
}
