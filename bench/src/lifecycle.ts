import type { Bench } from './bench.ts';
import { full, quick, type LifecycleSettings } from './lifecycle-settings.ts';
import { besideOthers } from './other-load.ts';
import { migrateToS3 } from './suites/migrate-to-s3.ts';
import { resignCost } from './suites/resign-cost.ts';
import { quotaLeases } from './suites/quota-leases.ts';
import { sweepCost } from './suites/sweep-cost.ts';
import { sweepLoop } from './suites/sweep-loop.ts';
import { verifySpeed } from './suites/verify-speed.ts';

/** What happens to artifacts after they were stored. */
export const lifecycle: Bench<LifecycleSettings> = {
  name: 'lifecycle',
  file: 'benchmarks-lifecycle.md',
  title: 'Benchmarks of what comes after the upload',
  about: [
    'What it costs to keep a store in order while it is in use, and whether anything is lost or left behind by it.',
  ],
  full,
  quick,
  suites: [sweepCost, sweepLoop, resignCost, verifySpeed, migrateToS3, quotaLeases].map(besideOthers),
};
