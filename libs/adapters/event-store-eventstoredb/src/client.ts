import {
  EventStoreDBClient,
  type GossipClusterOptions,
  type DNSClusterOptions,
  type SingleNodeOptions,
} from '@eventstore/db-client';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Connection } from './connection-string.js';

/** For the server, which gives up a read then; how long we wait is decided message by message. */
const LONGEST_READ_MS = 60_000;

/**
 * The vendor's client, from which we take channels, credentials, discovery and the way to the leader, with three things changed.
 *
 * - Appends go one call each. The batched form has no deadline; its pending calls lie in one map for the whole process, so that an error
 *   on any stream of any client fails them all; and an answer that comes after such an error ends the process.
 * - Reads are made with the shipped message classes, because the client's own have no filter and no deadline, and parse metadata as JSON,
 *   which would lose the bytes that were authenticated.
 * - Everything asks for the leader, so that what was written can be read.
 */
export class UnaryClient extends EventStoreDBClient {
  #channel: { close(): void } | undefined;
  #newest = 0n;

  constructor({ target, channel, credentials, client }: Connection) {
    // Three overloads, one for each kind of target, with one body.
    super({ ...client, ...settingsOf(target) } as SingleNodeOptions, channel, credentials);
    const { getChannel } = this;
    this.getChannel = async () => {
      const opened = await getChannel();
      this.#channel = opened;
      return opened;
    };
    // Whether the server has the batched form: as far as this client is concerned it has not.
    this.supports = async () => false;
  }

  /** The newest event of any stream that this process has stored or read over this connection: its position. */
  get newest(): bigint {
    return this.#newest;
  }

  /** An event stands at that position. */
  heardOf(position: bigint): void {
    if (position > this.#newest) this.#newest = position;
  }

  /** The log has turned out to be shorter than that. */
  forgetNewest(): void {
    this.#newest = 0n;
  }

  /** One answer of many messages. */
  async read(request: streams.ReadReq) {
    return this.#open('read', request, { deadline: LONGEST_READ_MS });
  }

  /** An answer that ends when the connection does. */
  async follow(request: streams.ReadReq) {
    return this.#open('subscribe', request, { deadline: Infinity });
  }

  /** Ends running calls and the connection. */
  async close(): Promise<void> {
    await this.dispose();
    this.#channel?.close();
  }

  #open(name: string, request: streams.ReadReq, { deadline }: { deadline: number }) {
    const create = this.GRPCStreamCreator(StreamsClient, name, (grpc) => {
      const options = deadline === Infinity ? { deadline } : {};
      const own = deadline === Infinity ? {} : { deadline };
      return grpc.read(request, ...this.callArguments({ requiresLeader: true, ...own }, options));
    });
    return create();
  }
}

function settingsOf(target: Connection['target']): SingleNodeOptions | GossipClusterOptions | DNSClusterOptions {
  switch (target.kind) {
    case 'single':
      return { endpoint: { ...target.endpoint } };
    case 'gossip':
      return { nodePreference: 'leader', endpoints: target.endpoints.map((endpoint) => ({ ...endpoint })) };
    case 'discover':
      return { nodePreference: 'leader', discover: { ...target.discover } };
  }
}

export type ReadAnswer = Awaited<ReturnType<UnaryClient['read']>>;
