import type { ArtifactBackend, Written } from '@artifacts/core';

import { gate, inChunks } from './bodies.ts';

/** Does `work` while a write of `bytes` is half way through its body, then lets the write end. */
export async function whileWriting(
  backend: ArtifactBackend,
  key: string,
  bytes: Uint8Array,
  work: () => Promise<void>,
): Promise<Written> {
  const reached = gate();
  const release = gate();
  const half = bytes.length >> 1;
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* inChunks(bytes.subarray(0, half), 256 * 1024);
    reached.open();
    await release.opened;
    yield* inChunks(bytes.subarray(half), 256 * 1024);
  }
  const write = backend.write(key, body());
  try {
    await Promise.race([reached.opened, write]);
    await work();
  } finally {
    release.open();
  }
  return write;
}
