import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
    const file = join(directory, 'file');
    await writeFile(file, 'where no directory can be');
    return {
      open: () => wrap(localBackend({ ...options, root: join(directory, 'root') })),
      openUnusable: () => wrap(localBackend({ ...options, root: join(file, 'root') })),
      dispose: () => rm(directory, { recursive: true }),
    };
  };
}

/** What other processes share is a directory alone, and they open it with what was built. */
async function shared(): Promise<Harness> {
  const root = await mkdtemp(join(tmpdir(), 'artifacts-shared-'));
  return {
    otherProcess: { module: new URL('../test/programs/handle.mjs', import.meta.url), data: { root } },
    open: () => localBackend({ root }),
    dispose: () => rm(root, { recursive: true }),
  };
}

describeBackend('local', harness({}), { rules: [...contractRules, ...storeRules] });
describeBackend('local in several processes', shared, {
  rules: contractRules.filter(({ needs }) => needs === 'otherProcess'),
});
describeBackend('local without hard links', harness({ durability: 'process', fs: { link: unsupported } }));
describeBackend('local behind a prefix', async () => ({
  ...(await harness({ durability: 'process' }, (backend) => withPrefix(backend, prefix))()),
  maxKeyBytes: 1024 - prefix.length,
}));
