import { type Counter, type Gauge, type Histogram, type Labels, Metrics } from './metrics.js';
import { SeriesTable } from './series.js';
import { escapeHelp, labelText, numberText } from './text-format.js';

// https://prometheus.io/docs/concepts/data_model/
const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

interface Cell {
  value: number;
}

interface Distribution {
  /** Values at or below each bound but above the one before; the last is for +Inf. */
  readonly counts: number[];
  sum: number;
}

interface Simple {
  readonly kind: 'counter' | 'gauge';
  readonly form: string;
  readonly help: string;
  readonly series: SeriesTable<Cell>;
  readonly metric: Counter & Gauge;
}

interface Bucketed {
  readonly kind: 'histogram';
  readonly form: string;
  readonly help: string;
  readonly series: SeriesTable<Distribution>;
  readonly buckets: readonly number[];
  readonly metric: Histogram;
}

/** Metrics kept in this process, read through `render`. */
export class InMemoryMetrics extends Metrics {
  private readonly metrics = new Map<string, Simple | Bucketed>();

  override counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return this.simple('counter', name, help, labelNames);
  }

  override gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return this.simple('gauge', name, help, labelNames);
  }

  override histogram(
    name: string,
    help: string,
    buckets: readonly number[],
    labelNames: readonly string[] = [],
  ): Histogram {
    const form = JSON.stringify(['histogram', buckets, labelNames]);
    const known = this.known(name, form);
    if (known?.kind === 'histogram') return known.metric;

    checkNames(name, labelNames);
    if (labelNames.includes('le')) throw new TypeError(`metric ${name}: the label "le" belongs to the histogram`);
    const ascending = buckets.every(
      (bound, i) => Number.isFinite(bound) && (i === 0 || bound > (buckets[i - 1] ?? bound)),
    );
    if (buckets.length === 0 || !ascending) throw new TypeError(`metric ${name}: buckets are ascending finite numbers`);
    const bounds = [...buckets];
    const series = new SeriesTable<Distribution>([...labelNames], () => ({
      counts: Array.from({ length: bounds.length + 1 }, () => 0),
      sum: 0,
    }));
    const metric: Histogram = {
      observe: (value, labels) => {
        if (Number.isNaN(value)) return;
        const state = series.of(labels);
        const found = bounds.findIndex((bound) => value <= bound);
        const index = found === -1 ? bounds.length : found;
        state.counts[index] = (state.counts[index] ?? 0) + 1;
        state.sum += value;
      },
    };
    this.metrics.set(name, { kind: 'histogram', form, help, series, buckets: bounds, metric });
    return metric;
  }

  override render(): string {
    const lines: string[] = [];
    for (const [name, entry] of this.metrics) {
      lines.push(`# HELP ${name} ${escapeHelp(entry.help)}`, `# TYPE ${name} ${entry.kind}`);
      if (entry.kind === 'histogram') renderHistogram(lines, name, entry);
      else {
        const names = entry.series.labelNames;
        for (const { values, state } of entry.series)
          lines.push(`${name}${labelText(names, values)} ${numberText(state.value)}`);
      }
    }
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  private simple(
    kind: 'counter' | 'gauge',
    name: string,
    help: string,
    labelNames: readonly string[],
  ): Counter & Gauge {
    const form = JSON.stringify([kind, labelNames]);
    const known = this.known(name, form);
    if (known !== undefined && known.kind !== 'histogram') return known.metric;

    checkNames(name, labelNames);
    const series = new SeriesTable<Cell>([...labelNames], () => ({ value: 0 }));
    const metric = {
      inc: (labels?: Labels, by = 1) => {
        if (!Number.isFinite(by) || (kind === 'counter' && by < 0)) return;
        series.of(labels).value += by;
      },
      set: (value: number, labels?: Labels) => {
        series.of(labels).value = value;
      },
    };
    this.metrics.set(name, { kind, form, help, series, metric });
    return metric;
  }

  private known(name: string, form: string): Simple | Bucketed | undefined {
    const known = this.metrics.get(name);
    if (known !== undefined && known.form !== form)
      throw new TypeError(`metric ${name}: the name is taken by another metric`);
    return known;
  }
}

function checkNames(name: string, labelNames: readonly string[]): void {
  if (!METRIC_NAME.test(name)) throw new TypeError(`metric ${JSON.stringify(name)}: not a metric name`);
  for (const label of labelNames) {
    if (!LABEL_NAME.test(label)) throw new TypeError(`metric ${name}: ${JSON.stringify(label)} is not a label name`);
  }
  if (new Set(labelNames).size !== labelNames.length) throw new TypeError(`metric ${name}: a label is named twice`);
}

function renderHistogram(lines: string[], name: string, { series, buckets }: Bucketed): void {
  const names = [...series.labelNames, 'le'];
  for (const { values, state } of series) {
    let total = 0;
    state.counts.forEach((count, i) => {
      total += count; // the format wants cumulative counts
      lines.push(`${name}_bucket${labelText(names, [...values, numberText(buckets[i] ?? Infinity)])} ${total}`);
    });
    const labels = labelText(series.labelNames, values);
    lines.push(`${name}_sum${labels} ${numberText(state.sum)}`, `${name}_count${labels} ${total}`);
  }
}
