import type { Bench } from './bench.ts';
import { full, quick, type LocalSettings } from './local-settings.ts';
import { fsync } from './suites/fsync.ts';
import { listing } from './suites/listing.ts';
import { memory } from './suites/memory.ts';
import { range } from './suites/range.ts';
import { small } from './suites/small.ts';
import { stream } from './suites/stream.ts';

/** The store on a directory, beside what people use today. */
export const local: Bench<LocalSettings> = {
  name: 'local',
  file: 'benchmarks.md',
  title: 'Benchmarks on one machine',
  about: [
    'What `@artifacts/core` with `@artifacts/backend-local` costs, beside what people use today. All contenders take turns in one process, in an order that rotates from round to round, so compare figures of one table, not across machines.',
    'The store on an S3 server is in [benchmarks-s3.md](benchmarks-s3.md), and what core costs by itself in [benchmarks-core.md](benchmarks-core.md).',
  ],
  full,
  quick,
  suites: [small, stream, fsync, memory, range, listing],
};
