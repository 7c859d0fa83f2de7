import { join } from 'node:path';
import { repositoryRoot, startTestServer, type TestServer } from '@claviger/testing';

/** Part of a path, as it stands in the data folder or beside it. */
export type Place = 'journal' | 'anchor';

export interface PlantedFault {
  readonly operations: readonly ('open' | 'write' | 'sync')[];
  readonly place: Place;
  readonly code: 'EIO' | 'ENOSPC' | 'EROFS' | 'EACCES';
}

/** A server whose files lie on a disk that fails when told to, and forgets what was not synced when its power is cut. Linux only. */
export class BadDisk {
  private constructor(readonly server: TestServer) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<BadDisk> {
    const preload = join(repositoryRoot(), 'test', 'fault', 'disk', 'preload.ts');
    return new BadDisk(await startTestServer({ nodeArguments: ['--import', preload], ipc: true, env }));
  }

  async plant({ operations, place, code }: PlantedFault): Promise<void> {
    await this.server.request({ type: 'fault', operations, path: this.path(place), code });
  }

  async heal(): Promise<void> {
    await this.server.request({ type: 'heal' });
  }

  /** From now on what is written there is lost in a power cut until it is synced. Call again after a restart. */
  async forgetful(places: readonly Place[]): Promise<void> {
    await this.server.request({ type: 'forgetful', paths: places.map((place) => this.path(place)) });
  }

  /** The power is cut: the process is gone, and so is what was not synced, or any part of it. */
  async cutPower(seed: number): Promise<void> {
    const { exited } = this.server;
    this.server.request({ type: 'cut', seed }).catch(() => undefined);
    await exited;
  }

  dispose(): Promise<void> {
    return this.server.dispose();
  }

  private path(place: Place): string {
    return place === 'journal' ? join(this.server.data, 'journal') : join(this.server.folder, 'anchor');
  }
}
