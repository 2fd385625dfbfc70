import type { Bench } from './bench.ts';
import { full, quick, type CoreSettings } from './core-settings.ts';
import { besideOthers } from './other-load.ts';
import { cost } from './suites/cost.ts';
import { lookingAgain } from './suites/looking-again.ts';
import { oneSignal } from './suites/one-signal.ts';
import { unread } from './suites/unread.ts';

/** What core itself costs and leaves behind, whatever it stores on. */
export const core: Bench<CoreSettings> = {
  name: 'core',
  file: 'benchmarks-core.md',
  title: 'Benchmarks of core',
  about: [
    'What `@artifacts/core` costs by itself, beside the same done by hand, and what its operations leave behind. Compare figures of one table, not across machines.',
    'The store beside what people use today: on a directory in [benchmarks.md](benchmarks.md), on an S3 server in [benchmarks-s3.md](benchmarks-s3.md).',
  ],
  full,
  quick,
  suites: [cost, lookingAgain, oneSignal, unread].map(besideOthers),
};
