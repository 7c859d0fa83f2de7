import { openXChaCha, sealXChaCha } from '@claviger/crypto';
import type { EventMetadata } from '@claviger/domain';
import type { Ids } from '@claviger/platform';
import { type DetailKeys, type EntryDetail, monthOf, parseEntryDetail } from '@claviger/ports';
import { EventDetails } from './event-details.js';

const aad = (account: string, month: string, commandId: string): Uint8Array =>
  Buffer.from(`event detail\n${account}\n${month}\n${commandId}`);

/** Event details under the same keys as the journal's: erasing an account's month erases both. Form: `<generation>.<base64>`. */
export class SealedEventDetails extends EventDetails {
  constructor(
    private readonly keys: DetailKeys,
    private readonly ids: Ids,
  ) {
    super();
  }

  async seal(account: string, at: number, commandId: string, detail: EntryDetail): Promise<string> {
    const month = monthOf(at);
    const { key, generation } = this.keys.cached(account, month) ?? (await this.keys.forWriting(account, month));
    const plaintext = Buffer.from(JSON.stringify(detail));
    const sealed = key.use((bytes) =>
      sealXChaCha(bytes, plaintext, aad(account, month, commandId), (n) => this.ids.random(n)),
    );
    return `${generation}.${Buffer.from(sealed).toString('base64')}`;
  }

  async open({ account, occurredAt, commandId, detail }: EventMetadata): Promise<EntryDetail> {
    const match = /^([0-9]{1,9})\.([A-Za-z0-9+/=]+)$/.exec(detail ?? '');
    const [, generation, text] = match ?? [];
    if (generation === undefined || text === undefined) return {};
    const month = monthOf(Date.parse(occurredAt));
    const key = await this.keys.forReading(account, month, Number(generation));
    const plaintext = key?.use((bytes) =>
      openXChaCha(bytes, Buffer.from(text, 'base64'), aad(account, month, commandId)),
    );
    return plaintext === undefined ? {} : parseEntryDetail(Buffer.from(plaintext).toString('utf8'));
  }
}
