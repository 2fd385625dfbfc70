import { getEventListeners } from 'node:events';

import { describe, expect, test } from 'vitest';

import { keysOf, temporaryDirectory, textAt, tree } from '../test/support/directory.ts';
import { rejection } from '../test/support/rejection.ts';
import { nodeFileSystem } from './filesystem.ts';
import { localBackend } from './local-backend.ts';

const idle = ['locks/', 'objects/', 'staging/'];

describe('the body of a write', () => {
  test('I-9 a file system that writes and reads less than asked loses nothing', async () => {
    const fs = {
      write: (fd: number, bytes: Uint8Array, offset: number, length: number, at: number) =>
        nodeFileSystem.write(fd, bytes, offset, Math.min(length, 7), at),
      read: (fd: number, bytes: Uint8Array, offset: number, length: number, at: number) =>
        nodeFileSystem.read(fd, bytes, offset, Math.min(length, 5), at),
    };
    const backend = localBackend({ root: await temporaryDirectory(), fs });
    const text = 'every byte of this text is there';
    await backend.write('bytes', Buffer.from(text));
    await backend.write('stream', chunks(Buffer.from(text), 3));
    expect(await textAt(backend, 'bytes')).toBe(text);
    expect(await textAt(backend, 'stream')).toBe(text);
  });

  test('I-9 bytes that the file system did not keep make the write fail', async () => {
    const root = await temporaryDirectory();
    const fs = {
      write: async (fd: number, bytes: Uint8Array, offset: number, length: number, at: number) => {
        await nodeFileSystem.write(fd, bytes, offset, length - 1, at);
        return length;
      },
    };
    const backend = localBackend({ root, fs });
    const error = await rejection('BACKEND', backend.write('key', Buffer.from('bytes')));
    expect(error).toMatchObject({ expected: 5, found: 4 });
    expect(await tree(root)).toEqual(idle);
  });

  test('I-25 an abort ends a write whose body hangs and ignores it', async () => {
    const root = await temporaryDirectory();
    const backend = localBackend({ root });
    const controller = new AbortController();
    let closed = false;
    const hanging: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed = true;
          return new Promise(() => undefined);
        },
      }),
    };
    const write = backend.write('key', hanging, { signal: controller.signal });
    const reason = new Error('stopped');
    setImmediate(() => controller.abort(reason));
    await expect(write).rejects.toBe(reason);
    expect(closed).toBe(true);
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    expect(await tree(root)).toEqual(idle);
  });

  test('an error of the body that looks like one of the file system stays what it is', async () => {
    const backend = localBackend({ root: await temporaryDirectory() });
    const { open } = await import('node:fs/promises');
    const thrown: unknown = await open('/no/such/file').catch((reason: unknown) => reason);
    const body = (async function* () {
      yield Buffer.from('first');
      throw thrown;
    })();
    await expect(backend.write('key', body)).rejects.toBe(thrown);
  });

  test('a chunk that is no Uint8Array is refused by name', async () => {
    const backend = localBackend({ root: await temporaryDirectory() });
    // @ts-expect-error what a JavaScript caller may pass
    const write = backend.write('key', chunksOf('text'));
    await expect(write).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field: 'body' });
    expect(await keysOf(backend)).toEqual([]);
  });
});

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function* chunksOf(...values: unknown[]): AsyncGenerator {
  yield* values;
}
