import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { Frontier } from './frontier.js';

describe('Frontier', () => {
  it('does not count as searched what was stored while it searched', async () => {
    const client = { newest: 100n, forgetNewest: () => undefined };
    const from: (string | undefined)[] = [];
    const reader = {
      messages: async (request: streams.ReadReq) => {
        from.push(request.getOptions()?.getAll()?.getPosition()?.getCommitPosition());
        // An event of ours, too late for this answer, of which this process hears before it has the answer.
        client.newest += 50n;
        return [];
      },
    };
    const frontier = new Frontier(client, reader, 'n.', ['n.']);
    for (let i = 0; i < 3; i++) await frontier.position();
    expect(from).toEqual([undefined, '100', '150']);
  });
});
