import { KmsError } from '@claviger/domain';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { OptionalText, OptionalWholeNumber } from './fields/fields.js';

export const DEFAULT_LIMIT = 50;
export const MOST_PER_PAGE = 500;

/** Query of every list. */
export class PageQuery {
  @OptionalWholeNumber({ min: 1, max: MOST_PER_PAGE, description: `Items per page; ${DEFAULT_LIMIT} by default.` })
  limit?: number;

  @OptionalText({ max: 2048, description: 'Where to go on: `next` of the page before.' })
  cursor?: string;

  @OptionalText({ max: 32, description: 'Region; the first configured one by default.' })
  region?: string;
}

/** Cursors are opaque: base64url of what a list needs to go on. */
export const encodeCursor = (after: string | null): string | null =>
  after === null ? null : Buffer.from(after, 'utf8').toString('base64url');

/** @throws KmsError InvalidMarker for text that is no cursor of this service */
export function decodeCursor(cursor: string | undefined): string {
  if (cursor === undefined) return '';
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (cursor === '' || Buffer.from(text, 'utf8').toString('base64url') !== cursor) {
    throw new KmsError('InvalidMarker', 'cursor is not one that this service gave.', { argument: 'cursor' });
  }
  return text;
}

/** Describes the `{items, next}` of a list of `item` in OpenAPI. */
export function pageOf<T>(item: new () => T, name: string): new () => { items: readonly T[]; next: string | null } {
  class Page {
    @ApiProperty({ type: item, isArray: true })
    items: readonly T[] = [];

    @ApiPropertyOptional({ type: String, nullable: true, description: 'Cursor of the next page; null at the end.' })
    next: string | null = null;
  }
  Object.defineProperty(Page, 'name', { value: name });
  return Page;
}
