export { describeCapabilities } from './describe-capabilities.ts';
export { backendFromConfig, backendFromUrl } from './opening.ts';
export type {
  S3BackendOptions,
  S3BucketOptions,
  S3Capabilities,
  S3ClientGiven,
  S3ConnectionOptions,
} from './options.ts';
export type { S3Preset, S3PresetName } from './presets.ts';
export { s3Backend } from './s3-backend.ts';
