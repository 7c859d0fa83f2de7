import { InMemoryMetrics } from './in-memory-metrics.js';

describe('InMemoryMetrics', () => {
  it('renders counters and gauges in the Prometheus text format 0.0.4', () => {
    const metrics = new InMemoryMetrics();
    const calls = metrics.counter('calls_total', 'Calls', ['operation', 'result']);
    calls.inc({ operation: 'Encrypt', result: 'success' });
    calls.inc({ operation: 'Encrypt', result: 'success' }, 2);
    calls.inc({ operation: 'Decrypt', result: 'denied' });
    const lag = metrics.gauge('lag', 'Events behind');
    lag.set(7);
    lag.inc(undefined, -2);

    expect(metrics.render()).toBe(
      [
        '# HELP calls_total Calls',
        '# TYPE calls_total counter',
        'calls_total{operation="Encrypt",result="success"} 3',
        'calls_total{operation="Decrypt",result="denied"} 1',
        '# HELP lag Events behind',
        '# TYPE lag gauge',
        'lag 5',
        '',
      ].join('\n'),
    );
  });

  it('shows a metric without labels as 0 before its first use', () => {
    const metrics = new InMemoryMetrics();
    metrics.counter('alerts_total', 'Alerts');
    expect(metrics.render()).toContain('\nalerts_total 0\n');
  });

  it('renders histograms with cumulative buckets, sum and count', () => {
    const metrics = new InMemoryMetrics();
    const seconds = metrics.histogram('seconds', 'Durations', [0.1, 1], ['kind']);
    for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value, { kind: 'a' });
    expect(metrics.render().split('\n').slice(2, -1)).toEqual([
      'seconds_bucket{kind="a",le="0.1"} 2',
      'seconds_bucket{kind="a",le="1"} 3',
      'seconds_bucket{kind="a",le="+Inf"} 4',
      'seconds_sum{kind="a"} 3.65',
      'seconds_count{kind="a"} 4',
    ]);
  });

  it('escapes label values and help texts', () => {
    const metrics = new InMemoryMetrics();
    metrics.counter('x', 'a\\b\nc', ['l']).inc({ l: 'q"\\\n' });
    expect(metrics.render()).toBe('# HELP x a\\\\b\\nc\n# TYPE x counter\nx{l="q\\"\\\\\\n"} 1\n');
  });

  it('gathers further series in one named overflow when a label has too many values, and loses no count', () => {
    const metrics = new InMemoryMetrics();
    const calls = metrics.counter('calls', 'Calls', ['who', 'what']);
    for (let i = 0; i < 10_000; i += 1) calls.inc({ who: `p${i}`, what: 'x' });
    calls.inc({ who: 'p1', what: 'x' });

    const lines = metrics.render().split('\n').slice(2, -1);
    expect(lines).toHaveLength(2001);
    expect(lines.at(-1)).toBe('calls{who="overflow",what="overflow"} 8000');
    expect(lines[1]).toBe('calls{who="p1",what="x"} 2');
  });

  it('ignores amounts and values that would spoil a series, and labels that were not declared', () => {
    const metrics = new InMemoryMetrics();
    const counter = metrics.counter('c', 'C');
    counter.inc({}, -1);
    counter.inc({}, Number.NaN);
    counter.inc({ other: 'x' });
    metrics.histogram('h', 'H', [1]).observe(Number.NaN);
    expect(metrics.render()).toContain('\nc 1\n');
    expect(metrics.render()).toContain('\nh_count 0\n');
  });

  it('tells label values apart that would be equal when written one after the other', () => {
    const metrics = new InMemoryMetrics();
    const counter = metrics.counter('c', 'C', ['a', 'b']);
    counter.inc({ a: 'xy', b: '' });
    counter.inc({ a: 'x', b: 'y' });
    expect(metrics.render().match(/ 1$/gm)).toHaveLength(2);
  });

  it('gives the same metric for the same name, and refuses the name in another form', () => {
    const metrics = new InMemoryMetrics();
    metrics.counter('c', 'C', ['a']).inc({ a: '1' });
    metrics.counter('c', 'C', ['a']).inc({ a: '1' });
    expect(metrics.render()).toContain('c{a="1"} 2');
    expect(() => metrics.counter('c', 'C', ['b'])).toThrow(TypeError);
    expect(() => metrics.gauge('c', 'C', ['a'])).toThrow(TypeError);
    expect(() => metrics.histogram('c', 'C', [1])).toThrow(TypeError);
  });

  it('refuses names, labels and buckets that the format does not allow', () => {
    const metrics = new InMemoryMetrics();
    expect(() => metrics.counter('a-b', '')).toThrow(TypeError);
    expect(() => metrics.counter('a', '', ['b-c'])).toThrow(TypeError);
    expect(() => metrics.counter('a', '', ['__b'])).toThrow(TypeError);
    expect(() => metrics.counter('a', '', ['b', 'b'])).toThrow(TypeError);
    expect(() => metrics.histogram('a', '', [1], ['le'])).toThrow(TypeError);
    expect(() => metrics.histogram('a', '', [])).toThrow(TypeError);
    expect(() => metrics.histogram('a', '', [2, 1])).toThrow(TypeError);
    expect(() => metrics.histogram('a', '', [1, Infinity])).toThrow(TypeError);
  });
});
