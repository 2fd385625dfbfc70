// A build job stores its outputs once and for all; a later job fetches one of them to a file.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';
import { ArtifactStore, hmacKeyring } from '@artifacts/core';
import { fileSource, saveTo } from '@artifacts/core/file';

const folder = await mkdtemp(join(tmpdir(), 'artifacts-ci-'));
try {
  const store = new ArtifactStore({
    backend: localBackend({ root: join(folder, 'store') }),
    signing: hmacKeyring({ active: 'ci', keys: { ci: randomBytes(32) } }),
    audience: 'ci',
  });
  const outputs = ['app.js', 'app.js.map', 'report.html'];
  for (const name of outputs) await writeFile(join(folder, name), `content of ${name}`);

  const upload = async () =>
    store.uploadMany(
      await Promise.all(
        outputs.map(async (name) => ({
          id: `build/42/${name}`,
          source: await fileSource(join(folder, name)),
          // Never overwritten: a build that runs twice fails on what is there.
          ifGeneration: 0,
          metadata: { commit: '6f1b2c3' },
        })),
      ),
      { concurrency: 2 },
    );

  const results = await upload();
  assert.deepEqual(
    results.map(({ id, success }) => [id, success]),
    outputs.map((name) => [`build/42/${name}`, true]),
  );
  for (const result of await upload()) assert.equal(!result.success && result.error.code, 'ALREADY_EXISTS');

  const copy = join(folder, 'fetched.js');
  await saveTo(await store.download('build/42/app.js'), copy);
  assert.equal(await readFile(copy, 'utf8'), 'content of app.js');

  const listed = [];
  for await (const { id, metadata } of store.list({ prefix: 'build/42/' })) listed.push([id, metadata['commit']]);
  assert.deepEqual(
    listed,
    outputs.map((name) => [`build/42/${name}`, '6f1b2c3']),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
