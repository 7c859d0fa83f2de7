import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { appendHandler } from './append.js';
import { batchAppendHandler } from './batch-append.js';
import { Knobs } from './knobs.js';
import { deleteHandler, featuresHandler, gossipHandler, tombstoneHandler } from './other-calls.js';
import { readHandler } from './read.js';
import { StandInStore } from './store.js';

const HOST = '127.0.0.1';
const LARGEST_MESSAGE = 17 * 1024 * 1024;

export interface StandInOptions {
  /** Holds the log; made if it does not exist. One server at a time. */
  readonly folder: string;
  /** A free one when absent. */
  readonly port?: number;
}

/**
 * Stands in for EventStoreDB where none can be installed: the calls that its Node client makes, on that client's own message classes,
 * durable, with faults at hand. Not a product: it keeps every event in memory, knows no users, and is a cluster of one.
 */
export class EventStoreStandIn {
  readonly knobs = new Knobs();
  readonly #server: Server;
  #port = 0;

  private constructor(readonly store: StandInStore) {
    const { knobs } = this;
    this.#server = new Server({
      'grpc.max_receive_message_length': LARGEST_MESSAGE,
      'grpc.max_send_message_length': LARGEST_MESSAGE,
    });
    this.#server.addService(StreamsService, {
      read: readHandler(store, knobs),
      append: appendHandler(store, knobs),
      batchAppend: batchAppendHandler(store, knobs),
      delete: deleteHandler(store, knobs),
      tombstone: tombstoneHandler(store, knobs),
    });
    this.#server.addService(ServerFeaturesService, { getSupportedMethods: featuresHandler(knobs) });
    this.#server.addService(GossipService, { read: gossipHandler(knobs, HOST, () => this.#port) });
  }

  /** @throws when the port is taken, or the folder holds something else */
  static async start({ folder, port = 0 }: StandInOptions): Promise<EventStoreStandIn> {
    const standIn = new EventStoreStandIn(new StandInStore(folder));
    standIn.#port = await new Promise<number>((resolve, reject) =>
      standIn.#server.bindAsync(`${HOST}:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      ),
    );
    return standIn;
  }

  get port(): number {
    return this.#port;
  }

  get connection(): string {
    return `esdb://${HOST}:${this.#port}?tls=false`;
  }

  /** Cuts every connection, then closes the log. What was answered is on disk. */
  stop(): void {
    this.#server.forceShutdown();
    this.store.close();
  }
}
