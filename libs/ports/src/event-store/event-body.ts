import type { NewEvent } from './contract.js';

/**
 * What an event's MAC covers beside stream, revision and previous MAC: its texts exactly as stored, with their lengths in UTF-16 code
 * units in front. No text is parsed, so that nothing can be stored in two forms of one meaning, and no character can move from one
 * text to its neighbour unnoticed. Part of the stored format: a change needs a new version of the MAC.
 */
export function eventBody({ id, type, schemaVersion, data, metadata }: NewEvent): string {
  return `${id.length} ${type.length} ${data.length} ${metadata.length} ${schemaVersion} ${id}${type}${data}${metadata}`;
}
