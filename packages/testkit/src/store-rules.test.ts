import {
  type ArtifactBackend,
  ArtifactError,
  type BackendCapabilities,
  withPrefix,
  wrapBackend,
} from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import { storeRules } from './store-rules.ts';
import { describeBackend } from './vitest.ts';

describeBackend('a store on memory', () => onMemory((backend) => backend), { rules: storeRules });
describeBackend('a store behind a prefix', () => onMemory((backend) => withPrefix(backend, 'p/')), {
  rules: storeRules,
});

const createOnly = { createIfAbsent: true, compareAndSwap: false, conditionalDelete: false };
const nothing = { createIfAbsent: false, compareAndSwap: false, conditionalDelete: false };
for (const [title, claims] of Object.entries({ 'that can only create': createOnly, 'without conditions': nothing })) {
  describeBackend(`a store on a backend ${title}`, () => onMemory((backend) => claiming(backend, claims)), {
    rules: storeRules,
  });
}

function onMemory(view: (backend: ArtifactBackend) => ArtifactBackend) {
  const backend = memoryBackend();
  return { open: () => view(backend) };
}

/** A backend that can less: what it does not claim it refuses. */
function claiming(backend: ArtifactBackend, claims: BackendCapabilities): ArtifactBackend {
  const unsupported = () => new ArtifactError('UNSUPPORTED', 'not claimed');
  return wrapBackend(backend, {
    capabilities: async () => claims,
    write: async (key, body, options) => {
      const { condition } = options ?? {};
      const claimed =
        condition === undefined || ('absent' in condition ? claims.createIfAbsent : claims.compareAndSwap);
      if (!claimed) throw unsupported();
      return backend.write(key, body, options);
    },
    delete: async (key, options) => {
      if (options?.condition !== undefined && !claims.conditionalDelete) throw unsupported();
      return backend.delete(key, options);
    },
  });
}
