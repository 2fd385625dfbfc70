export type { PrometheusMetricsOptions, WatchOptions } from './options.ts';
export { prometheusMetrics, type PrometheusMetrics, type StoreWatch } from './prometheus-metrics.ts';
export type { MetricsStats, Percentiles } from './stats.ts';
export type { WatchedStore } from './usage-watch.ts';
