import type { S3Entry } from '../../s3-contender.ts';
import { artifactsS3 } from './artifacts.ts';
import { filesSdkS3 } from './files-sdk.ts';
import { flydriveS3 } from './flydrive.ts';
import { flystorageS3 } from './flystorage.ts';
import { minio } from './minio.ts';
import { sdk } from './sdk.ts';

export const s3Entries: readonly S3Entry[] = [artifactsS3, sdk, minio, filesSdkS3, flydriveS3, flystorageS3];
