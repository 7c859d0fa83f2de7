import { appendingConformance } from './conformance/appending.js';
import { closingConformance } from './conformance/closing.js';
import { concurrencyConformance } from './conformance/concurrency.js';
import { followingConformance } from './conformance/following.js';
import type { MakeEventStore } from './conformance/harness.js';
import { modelConformance } from './conformance/model.js';
import { readingConformance } from './conformance/reading.js';
import { repeatingConformance } from './conformance/repeating.js';

export type { EventStoreHarness } from './conformance/harness.js';

/** What every {@link EventStore} MUST do. Run by each adapter, and by each layer over one. */
export function eventStoreConformance(name: string, make: MakeEventStore): void {
  describe(`EventStore conformance: ${name}`, () => {
    appendingConformance(make);
    repeatingConformance(make);
    concurrencyConformance(make);
    readingConformance(make);
    followingConformance(make);
    closingConformance(make);
    modelConformance(make);
  });
}
