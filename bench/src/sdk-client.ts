import { S3Client } from '@aws-sdk/client-s3';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

/** The SDK's client as every contender on it has it: no checksums beside the signature, which covers the bodies. */
export function sdkClient({ endpoint, region, accessKeyId, secretAccessKey }: S3TestServer): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
