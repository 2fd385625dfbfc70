import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

import { LongestFirst } from './scripts/lib/longest-first.ts';

// Tests run on the sources of every package, so they can never pass on a stale build. Without vite's own `module`, which is for
// bundlers: the files that some packages have for it cannot be loaded by Node.
const conditions = ['@artifacts/source', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    // One less by default. The longest tests wait for a disk, a server or another process half of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Enough for a busy machine with two cores; what has to be quick says so by its own deadlines.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // The SDK still supports Node 20, and says for how long on every run.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], exclude: ['**/*.test.ts'] },
  },
});
