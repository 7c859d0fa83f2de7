import type { Clock, Timer } from '@claviger/platform';
import type { BackupEnd } from '@claviger/ports';
import type { WrittenLine } from './backup-lines.js';

/** How it ended. `damaged`: events that do not verify; they are in the backup as they are stored. */
export type BackupOutcome = { readonly damaged: number } & ({ readonly end: BackupEnd } | { readonly error: unknown });

/** Characters that are handed over at once, about. */
const PIECE = 256 << 10;
/** Who does not take the next piece within this time has gone, or holds up the next backup. */
const STALLED_MS = 60_000;

/**
 * The lines as bytes, made when they are asked for: nothing is read ahead of a slow taker.
 * @param onEnd called once, however it ends
 */
export function backupStream(
  lines: AsyncGenerator<WrittenLine, void, undefined>,
  clock: Clock,
  onEnd: (outcome: BackupOutcome) => void,
): ReadableStream<Uint8Array> {
  let damaged = 0;
  let ended = false;
  let stalled: Timer | undefined;
  const over = (outcome: { readonly end: BackupEnd } | { readonly error: unknown }): void => {
    if (ended) return;
    ended = true;
    stalled?.cancel();
    onEnd({ damaged, ...outcome });
    // After an end it has none left; before, files may be open in it.
    void lines.return().catch(() => undefined);
  };
  const watch = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
    stalled = clock.after(STALLED_MS, () => {
      const error = new Error(`nobody took the next piece for ${STALLED_MS / 1000} s`);
      over({ error });
      controller.error(error);
    });
  };
  const nextPiece = async (): Promise<{ readonly text: string; readonly end: BackupEnd | undefined }> => {
    const texts: string[] = [];
    for (let size = 0; size < PIECE; ) {
      const { value } = await lines.next();
      if (value === undefined) throw new Error('a backup has no end');
      texts.push(value.text, '\n');
      size += value.text.length;
      if (value.damaged) damaged += 1;
      if (value.end !== undefined) return { text: texts.join(''), end: value.end };
    }
    return { text: texts.join(''), end: undefined };
  };
  return new ReadableStream<Uint8Array>(
    {
      start: watch,
      pull: async (controller) => {
        stalled?.cancel();
        try {
          const { text, end } = await nextPiece();
          if (ended) return;
          controller.enqueue(Buffer.from(text, 'utf8'));
          if (end === undefined) {
            watch(controller);
            return;
          }
          over({ end });
          controller.close();
        } catch (error) {
          if (ended) return;
          over({ error });
          controller.error(error);
        }
      },
      cancel: () => over({ error: new Error('whoever asked for it has gone') }),
    },
    { highWaterMark: 0 },
  );
}
