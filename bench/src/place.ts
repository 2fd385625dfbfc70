import { localBackend } from '@artifacts/backend-local';
import { s3Backend } from '@artifacts/backend-s3';
import type { ArtifactBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

/** Where a store keeps its objects, in words that another process understands. */
export type Place = 'memory' | { readonly root: string } | { readonly server: S3TestServer; readonly prefix: string };

export function backendAt(place: Place): ArtifactBackend {
  if (place === 'memory') return memoryBackend();
  if ('root' in place) return localBackend(place);
  const { server, prefix } = place;
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
  return s3Backend({ endpoint, region, bucket, prefix, preset: 'ceph', credentials: { accessKeyId, secretAccessKey } });
}
