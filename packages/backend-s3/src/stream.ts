import type { WriteOptions, Written } from '@artifacts/core';

import { assertSize, BodyReader } from './body.ts';
import type { Medium } from './medium.ts';
import type { ObjectLock } from './object-lock.ts';
import { planParts } from './part-plan.ts';
import { PartBuffers } from './part-buffers.ts';
import { putObject } from './put.ts';
import { uploadParts } from './upload-parts.ts';

interface StreamOptions extends Pick<WriteOptions, 'size' | 'maxSize' | 'signal'> {
  readonly lock: ObjectLock | undefined;
}

/** Stores a stream: in one request when it ends within one part, in parts of one size otherwise. */
export async function writeStream(
  medium: Medium,
  key: string,
  body: AsyncIterable<Uint8Array>,
  { size, maxSize, lock, signal }: StreamOptions,
): Promise<Written> {
  const { concurrency } = medium.settings;
  const plan = planParts({ size, maxSize, concurrency, usualBytes: medium.partBytes });
  const reader = new BodyReader(body, signal);
  const buffers = new PartBuffers(plan.partBytes, plan.concurrency);
  try {
    // A byte more than was declared shows that there are more.
    const first = size !== undefined && size < plan.partBytes ? Buffer.allocUnsafe(size + 1) : await buffers.take();
    const length = await reader.fill(first);
    if (length === first.length && first.length === plan.partBytes && !(await reader.atEnd()))
      return await uploadParts(medium, key, reader, first, { ...plan, size, buffers, lock, signal });
    assertSize(size, length);
    return await putObject(medium, key, first.subarray(0, length), undefined, signal, lock);
  } finally {
    await reader.close();
  }
}
