import { ArtifactError } from '@artifacts/core';

import type { Medium } from './medium.ts';

const maxKeyBytes = 1024;

/** The bucket and the key of an object as the server knows it. */
export function locate({ settings }: Medium, key: string): { readonly Bucket: string; readonly Key: string } {
  const { bucket, prefix } = settings;
  if (prefix.length + key.length <= maxKeyBytes) return { Bucket: bucket, Key: prefix + key };
  throw new ArtifactError(
    'INVALID_ARGUMENT',
    `the key is longer than ${maxKeyBytes} bytes with the prefix: use a shorter prefix`,
    {
      field: 'key',
      expected: maxKeyBytes,
      found: prefix.length + key.length,
    },
  );
}
