import { connect } from 'node:net';

/** What came back on a connection that sent these bytes; status 0 when it was closed without an answer. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** Milliseconds until the connection was closed. */
  readonly took: number;
}

export interface SendOptions {
  /** Between the pieces. */
  readonly pauseMs?: number;
  /** Ends the connection from this side. */
  readonly signal?: AbortSignal;
}

/**
 * Sends bytes as they are, which no HTTP client would, and reads until the other side closes (so send `connection: close`).
 * @param pieces written one after the other
 */
export function sendRaw(
  url: string,
  pieces: readonly (string | Uint8Array)[],
  { pauseMs = 0, signal }: SendOptions = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const received: Buffer[] = [];
    let timer: NodeJS.Timeout | undefined;
    const write = (index: number): void => {
      const piece = pieces[index];
      if (piece === undefined || socket.destroyed) return;
      const bytes: Uint8Array = typeof piece === 'string' ? Buffer.from(piece) : piece;
      socket.write(bytes, () => {
        if (pauseMs === 0) write(index + 1);
        else timer = setTimeout(() => write(index + 1), pauseMs);
      });
    };
    socket.once('connect', () => write(0));
    signal?.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    // A refusal may close the connection while the rest of a long request is still on its way.
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') reject(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      const text = Buffer.concat(received).toString();
      const end = text.indexOf('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
      resolve({
        status,
        head: text.slice(0, Math.max(0, end)),
        body: text.slice(end + 4),
        took: performance.now() - started,
      });
    });
  });
}
