/** Label name → value. Values come from closed sets (an operation, a result), never from callers or keys. */
export type Labels = Readonly<Record<string, string>>;

/** A number that only grows. */
export interface Counter {
  /** Adds `by` (default 1); negative or non-finite amounts are ignored. */
  inc(labels?: Labels, by?: number): void;
}

/** A number that goes up and down. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Adds `by` (default 1), which may be negative. */
  inc(labels?: Labels, by?: number): void;
}

/** Counts of values by upper bound, and their sum. */
export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

/**
 * The process's metrics. Asking twice for the same name gives the same metric.
 * Names and labels follow the Prometheus data model; a label that a call leaves out is empty, one that was not declared
 * is ignored: a slip in a measurement never fails the call that is measured.
 *
 * `counter`, `gauge`, `histogram`: @throws TypeError for a name, label or bucket that is not allowed, or a name that
 * is taken by a metric of another form.
 */
export abstract class Metrics {
  abstract counter(name: string, help: string, labelNames?: readonly string[]): Counter;

  abstract gauge(name: string, help: string, labelNames?: readonly string[]): Gauge;

  /** `buckets`: ascending upper bounds, in the unit of the values; +Inf is added. */
  abstract histogram(name: string, help: string, buckets: readonly number[], labelNames?: readonly string[]): Histogram;

  /** All metrics in the Prometheus text format 0.0.4. */
  abstract render(): string;
}
