import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeBackend } from '@artifacts/testkit/vitest';

import { localBackend } from './local-backend.ts';
import type { LocalBackendOptions } from './options.ts';

const unsupported = async (): Promise<never> => {
  throw Object.assign(new Error('ENOTSUP: no hard links'), { code: 'ENOTSUP', syscall: 'link' });
};

const variants: Record<string, Omit<LocalBackendOptions, 'root'>> = {
  local: {},
  'local without hard links': { durability: 'process', fs: { link: unsupported } },
};

for (const [name, options] of Object.entries(variants)) {
  describeBackend(name, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'artifacts-local-'));
    return {
      open: () => localBackend({ ...options, root: join(directory, 'root') }),
      dispose: () => rm(directory, { recursive: true }),
    };
  });
}
