import type { Bench } from './bench.ts';
import { besideOthers } from './other-load.ts';
import { full, quick, type S3Settings } from './s3-settings.ts';
import { leftoversOnS3 } from './suites/s3/leftovers.ts';
import { memoryOnS3 } from './suites/s3/memory.ts';
import { requestsOnS3 } from './suites/s3/requests.ts';
import { slowOnS3 } from './suites/s3/slow.ts';
import { smallOnS3 } from './suites/s3/small.ts';
import { streamOnS3 } from './suites/s3/stream.ts';

/** The store on an S3 server, beside what people use today. */
export const s3: Bench<S3Settings> = {
  name: 's3',
  file: 'benchmarks-s3.md',
  title: 'Benchmarks on S3',
  about: [
    'What `@artifacts/core` with `@artifacts/backend-s3` costs, beside what people use today. The bench starts a Ceph Object Gateway of its own, on loopback and in memory, for each suite, and for each round of streams. It takes root on Debian, as `npm run s3` does.',
    'Contenders take turns, in an order that rotates from round to round, so compare figures of one table, not across machines. Each section says how much of the processors everything else on the machine took.',
    'The store on a directory is in [benchmarks.md](benchmarks.md), and what core costs by itself in [benchmarks-core.md](benchmarks-core.md).',
  ],
  full,
  quick,
  suites: [requestsOnS3, smallOnS3, streamOnS3, slowOnS3, memoryOnS3, leftoversOnS3].map(besideOthers),
};
