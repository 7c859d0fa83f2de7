import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Stands between a client and a server, so that a test can cut the connection: `cut` ends what runs and refuses what comes, `hang`
 * lets connections stand and passes nothing on, `mend` ends both.
 */
export class Relay {
  readonly host = '127.0.0.1';
  readonly #sockets = new Set<Socket>();
  #mode: 'passing' | 'cut' | 'hanging' = 'passing';

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async to(port: number): Promise<Relay> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the relay has no address');
    const relay = new Relay(server, address.port);
    server.on('connection', (client) => relay.#join(client, port));
    return relay;
  }

  cut(): void {
    this.#mode = 'cut';
    for (const socket of this.#sockets) socket.destroy();
  }

  hang(): void {
    this.#mode = 'hanging';
  }

  mend(): void {
    this.#mode = 'passing';
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(client: Socket, port: number): void {
    if (this.#mode === 'cut') {
      client.destroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (chunk) => {
        if (this.#mode === 'passing') to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
    }
  }
}
