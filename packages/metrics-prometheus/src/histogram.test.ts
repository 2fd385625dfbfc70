import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { expect, test } from 'vitest';

import { HistogramMetric } from './histogram.ts';
import { asMetric } from './instruments.ts';

const bounds = [0.1, 1, 10];
const samples = [0, 0.1, 0.1000001, 1, 5, 10, 11, 1e9];

function filled(): HistogramMetric {
  const metric = new HistogramMetric('h_seconds', 'What took how long.', bounds);
  const [upload, download] = ['upload', 'download"\\\n'].map((operation) => metric.series({ operation }));
  for (const sample of samples) upload?.observe(sample);
  download?.observe(3);
  return metric;
}

/** The same by prom-client itself. */
function theirs(register: Registry): Histogram {
  const options = { name: 'h_seconds', help: 'What took how long.', labelNames: ['operation'] };
  const histogram = new Histogram({ ...options, buckets: bounds, registers: [register] });
  for (const sample of samples) histogram.observe({ operation: 'upload' }, sample);
  histogram.observe({ operation: 'download"\\\n' }, 3);
  return histogram;
}

test('a histogram is written as that of prom-client is', async () => {
  const [register, other] = [new Registry(), new Registry()];
  register.registerMetric(asMetric(filled()));
  theirs(other);

  expect(await register.metrics()).toBe(await other.metrics());
  expect(await register.getSingleMetricAsString('h_seconds')).toBe(await other.getSingleMetricAsString('h_seconds'));
  register.setDefaultLabels({ host: 'a' });
  expect((await register.metrics()).match(/host="a"/g)).toHaveLength(12);
});

test('histograms of several processes of a cluster are added up', async () => {
  const [register, other] = [new Registry(), new Registry()];
  register.registerMetric(asMetric(filled()));
  theirs(other);
  const sent = (from: Registry) => async () => JSON.parse(JSON.stringify(await from.getMetricsAsJSON())) as object;
  const twice = async (from: Registry) =>
    AggregatorRegistry.aggregate([await sent(from)(), await sent(from)()]).metrics();

  expect(await twice(register)).toBe(await twice(other));
});

test('a registry that is reset has series with nothing in them', async () => {
  const register = new Registry();
  register.registerMetric(asMetric(filled()));
  register.resetMetrics();

  const text = await register.metrics();

  expect(text.match(/^h_seconds.* 0$/gm)).toHaveLength(12);
  expect(text.match(/^h_seconds/gm)).toHaveLength(12);
});
