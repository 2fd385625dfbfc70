import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { withPrefix, type ArtifactBackend } from '@artifacts/core';
import { contractRules, type Harness, storeRules } from '@artifacts/testkit';
import { describeBackend } from '@artifacts/testkit/vitest';

import { localBackend } from './local-backend.ts';
import type { LocalBackendOptions } from './options.ts';

const unsupported = async (): Promise<never> => {
  throw Object.assign(new Error('ENOTSUP: no hard links'), { code: 'ENOTSUP', syscall: 'link' });
};

const prefix = 'shared/with-others/';

function harness(
  options: Omit<LocalBackendOptions, 'root'>,
  wrap: (backend: ArtifactBackend) => ArtifactBackend = (backend) => backend,
): () => Promise<Harness> {
  return async () => {
    const directory = await mkdtemp(join(tmpdir(), 'artifacts-local-'));
    return {
      open: () => wrap(localBackend({ ...options, root: join(directory, 'root') })),
      dispose: () => rm(directory, { recursive: true }),
    };
  };
}

describeBackend('local', harness({}), { rules: [...contractRules, ...storeRules] });
describeBackend('local without hard links', harness({ durability: 'process', fs: { link: unsupported } }));
describeBackend('local behind a prefix', async () => ({
  ...(await harness({ durability: 'process' }, (backend) => withPrefix(backend, prefix))()),
  maxKeyBytes: 1024 - prefix.length,
}));
