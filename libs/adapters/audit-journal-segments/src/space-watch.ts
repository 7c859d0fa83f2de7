import type { Timer } from '@claviger/platform';
import type { Settings, SpaceLevel } from './options.js';

/** Looks at the free space of the journal's file system, so that the alarm comes before the journal fails closed. */
export class SpaceWatch {
  level: SpaceLevel = 'ok';
  freeBytes = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(private readonly settings: Settings) {}

  start(): void {
    this.#timer = this.settings.clock.every(this.settings.space.everyMs, () => void this.look());
  }

  async look(): Promise<void> {
    const { files, folder, segmentBytes, space, notice } = this.settings;
    const found = await files.space(folder).catch(() => undefined);
    if (found === undefined) return; // what cannot be measured is no alarm; writing tells
    const { freeBytes } = found;
    const level = freeBytes < segmentBytes ? 'full' : freeBytes < space.lowBytes ? 'low' : 'ok';
    const changed = level !== this.level;
    this.freeBytes = freeBytes;
    this.level = level;
    if (changed) notice({ kind: 'space', level, freeBytes });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
