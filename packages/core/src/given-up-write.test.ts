import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { artifactKeys, content, mebibyte, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

/** Something that happens when it is told to. */
function gate(): { readonly passed: Promise<void>; readonly pass: () => void } {
  let pass: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => {
    pass = resolve;
  });
  return { passed, pass };
}

test('I-8 a backend that comes back to a given-up write while we tidy gets no more of it, nothing is left without a marker', async () => {
  const { backend: inner } = open();
  const { passed, pass } = gate();
  const blocks: number[] = [];
  let late: Promise<unknown> | undefined;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      if (body instanceof Uint8Array) return inner.write(key, body, options);
      const hanging = async function* () {
        for await (const block of body) {
          blocks.push(block.length);
          yield block;
          await passed;
        }
      };
      const written = inner.write(key, hanging(), { size: options?.size });
      late = written.catch((error: unknown) => error);
      return written;
    },
    async delete(key, options) {
      await inner.delete(key, options);
      if (!key.startsWith('content/')) return;
      pass();
      await late;
    },
  });

  const error = await refusal(open({ backend, idleTimeoutMs: 20 }).store.upload('a', content(3 * mebibyte)));

  expect(error).toMatchObject({ code: 'TIMEOUT', message: 'memory write made no progress for 20 ms' });
  expect(blocks).toEqual([mebibyte]);
  expect(await late).toMatchObject({ code: 'TIMEOUT', message: 'the write of this content was given up' });
  expect(await artifactKeys(inner)).toEqual([]);
});

test('I-8 a source that is closed while a failed write still waits for it does not look like its end', async () => {
  const { backend: inner } = open();
  const { passed, pass } = gate();
  let late: Promise<unknown> | undefined;
  const backend = wrapBackend(inner, {
    async write(key, body, options) {
      if (body instanceof Uint8Array) return inner.write(key, body, options);
      late = inner.write(key, body).catch((error: unknown) => error);
      await passed;
      throw new ArtifactError('UNAVAILABLE', 'the connection broke');
    },
  });
  const source = new ReadableStream<Uint8Array>(
    {
      start: (controller) => controller.enqueue(content(mebibyte)),
      pull: () => {
        pass();
        return stalled();
      },
    },
    { highWaterMark: 0 },
  );

  expect(await refusal(open({ backend }).store.upload('a', source))).toMatchObject({ code: 'UNAVAILABLE' });

  expect(await late).toMatchObject({ code: 'TIMEOUT', message: 'the write of this content was given up' });
  expect(await artifactKeys(inner)).toEqual([]);
});
