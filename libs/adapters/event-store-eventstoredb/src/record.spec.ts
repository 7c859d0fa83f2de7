import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { EventStoreUnavailable } from '@claviger/ports';
import { encodeMetadata } from './envelope.js';
import { recordOf } from './record.js';

function message(stream: string, position: string, id = '5F1C0000-0000-5000-8000-00000000000A'): streams.ReadResp {
  const event = { id, type: 'T', schemaVersion: 1, data: '', metadata: '', mac: new Uint8Array(0) };
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Uint8Array.from(Buffer.from(stream))))
    .setStreamRevision('3')
    .setCommitPosition(position)
    .setCustomMetadata(encodeMetadata(event, new Uint8Array(16)));
  recorded.getMetadataMap().set('type', 'T');
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(recorded));
}

describe('recordOf', () => {
  it('keeps positions that no number can hold', () => {
    expect(recordOf(message('n.s', '9007199254740993'), 'n.')?.record).toMatchObject({
      stream: 's',
      revision: 3,
      position: 9007199254740993n,
      id: '5f1c0000-0000-5000-8000-00000000000a',
    });
  });

  it('says that a server without positions of stream reads is too old', () => {
    expect(() => recordOf(message('n.s', '18446744073709551615'), 'n.')).toThrow(EventStoreUnavailable);
  });

  it('leaves out other messages, and streams of other namespaces', () => {
    expect(recordOf(message('other.s', '1'), 'n.')).toBeUndefined();
    expect(recordOf(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()), 'n.')).toBeUndefined();
  });
});
