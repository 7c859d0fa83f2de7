import { Cable } from '../eventstore/cable.js';

/** What all servers of a cluster can do, whatever they are. */
export interface ServerControl {
  readonly pid: number | undefined;
  readonly running: boolean;
  /** What was acknowledged is on the disk, and stays. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** A server, and the cable through which the nodes reach it. */
export class ClusterServer<S = unknown> {
  private constructor(
    readonly name: string,
    /** Its own harness, for what only this server can do. */
    readonly server: S,
    private readonly control: ServerControl,
    /** Where nodes connect. */
    readonly port: number,
    private readonly cable: Cable | undefined,
  ) {}

  static async over<S>(
    name: string,
    server: S,
    control: ServerControl,
    { port, cabled }: { readonly port: number; readonly cabled: boolean },
  ): Promise<ClusterServer<S>> {
    const cable = cabled ? await Cable.to(port) : undefined;
    return new ClusterServer(name, server, control, cable?.port ?? port, cable);
  }

  get pid(): number {
    return this.control.pid ?? 0;
  }

  get running(): boolean {
    return this.control.running;
  }

  /** What was acknowledged is on the disk, and stays. */
  stop(): Promise<void> {
    return this.control.stop();
  }

  /** As a crash. */
  kill(): Promise<void> {
    return this.control.kill();
  }

  /** On the same files and port. */
  restart(): Promise<void> {
    return this.control.restart();
  }

  /** Ends every connection, and each new one at once. */
  cut(): void {
    this.plug.cut();
  }

  /** Nothing passes any more, and nobody is told. */
  freeze(): void {
    this.plug.freeze();
  }

  mend(): void {
    this.plug.mend();
  }

  async unplug(): Promise<void> {
    await this.cable?.close();
  }

  private get plug(): Cable {
    if (this.cable === undefined) throw new Error(`${this.name} has no cable: the cluster was started without`);
    return this.cable;
  }
}
