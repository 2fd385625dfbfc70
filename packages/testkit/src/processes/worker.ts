// The program of a process that has one handle on a storage, for the rules about several processes.
import type { ArtifactBackend, ReadOptions } from '@artifacts/core';

import { collect } from '../support/expect.ts';
import { failureOf } from './failure.ts';
import type { Message, Request, WholeResult } from './messages.ts';

let opened: Promise<ArtifactBackend> = Promise.reject(new Error('the handle is not open'));
// Whoever asks before it is open gets to know.
opened.catch(() => undefined);

process.on('message', ({ id, request }: Message) => {
  const answer = (result: unknown) => process.send?.({ id, result });
  void perform(request).then(
    (value) => answer({ value }),
    (error: unknown) => answer(failureOf(error)),
  );
});
// Nobody is left to ask.
process.on('disconnect', () => process.exit());

async function perform(request: Request): Promise<unknown> {
  if (request.call === 'open') {
    opened = open(request.module, request.data);
    await opened;
    return undefined;
  }
  const backend = await opened;
  if (request.call === 'write') return backend.write(...request.args);
  if (request.call === 'read') return readWhole(backend, ...request.args);
  if (request.call === 'delete') return backend.delete(...request.args);
  return writeHalf(backend, request.key, request.bytes);
}

async function open(module: string, data: unknown): Promise<ArtifactBackend> {
  const exported = (await import(module)) as { open(given: unknown): Promise<ArtifactBackend> | ArtifactBackend };
  return exported.open(data);
}

async function readWhole(backend: ArtifactBackend, key: string, options?: ReadOptions): Promise<WholeResult> {
  const result = await backend.read(key, options);
  if (result.status !== 'found') return result;
  const [read] = await Promise.allSettled([collect(result.body)]);
  return { ...result, body: read.status === 'fulfilled' ? read.value : failureOf(read.reason) };
}

/** Starts a write whose body gives `bytes` and then neither goes on nor ends. */
async function writeHalf(backend: ArtifactBackend, key: string, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((waits, reject) => {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield bytes;
      waits();
      await new Promise(() => {});
    }
    backend.write(key, body()).then(() => reject(new Error('the write ended before its body')), reject);
  });
}
