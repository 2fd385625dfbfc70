import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ArtifactBackend } from '@artifacts/core';
import { contractRules, storeRules, type Harness } from '@artifacts/testkit';
import { describeBackend } from '@artifacts/testkit/vitest';

import { sqliteBackend } from '../src/index.ts';

describeBackend('sqlite', harness, { rules: [...contractRules, ...storeRules] });

async function harness(): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-sqlite-'));
  const handles: ArtifactBackend[] = [];
  return {
    name: 'sqlite',
    open() {
      const handle = sqliteBackend({ path: join(folder, 'artifacts.db') });
      handles.push(handle);
      return handle;
    },
    openUnusable: () => sqliteBackend({ path: join(folder, 'missing', 'artifacts.db') }),
    async dispose() {
      for (const handle of handles) await handle.close();
      await rm(folder, { recursive: true });
    },
  };
}
