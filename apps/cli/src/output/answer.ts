import type { Io } from '../io.js';

/** The answer: as JSON for programs, else in the form for people. */
export function answer(io: Io, json: boolean, value: unknown, people: () => string): void {
  io.out(json ? `${JSON.stringify(value, null, 2)}\n` : people());
}
