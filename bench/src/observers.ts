import type { Bench } from './bench.ts';
import { full, quick, type ObserversSettings } from './observers-settings.ts';
import { besideOthers } from './other-load.ts';
import { badSinks } from './suites/bad-sinks.ts';
import { scraping } from './suites/scraping.ts';
import { watched } from './suites/watched.ts';

/** What it costs to see what a store does. */
export const observers: Bench<ObserversSettings> = {
  name: 'observers',
  file: 'benchmarks-observers.md',
  title: 'Benchmarks of being watched',
  about: [
    'What `@artifacts/metrics-prometheus` and `@artifacts/audit` cost the operations that they watch, what a scrape costs, and what comes of a sink that fails. Compare figures of one table, not across machines.',
  ],
  full,
  quick,
  suites: [watched, scraping, badSinks].map(besideOthers),
};
