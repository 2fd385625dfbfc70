export { isExpired, verifyIntegrity, type ArtifactMetadata } from './artifact.ts';
export type {
  ArtifactBackend,
  BackendCapabilities,
  CallOptions,
  DeleteOptions as BackendDeleteOptions,
  ListOptions as BackendListOptions,
  ObjectInfo,
  ReadOptions,
  ReadResult,
  WriteCondition,
  WriteOptions,
  Written,
} from './backend.ts';
export type { Conditions, Expectations } from './conditions.ts';
export type { DeleteOptions } from './delete.ts';
export type { Download, DownloadOptions } from './download.ts';
export { ArtifactError, isArtifactError, type ErrorCode, type ErrorDetails, type InvalidEntry } from './errors.ts';
export type {
  Observer,
  OperationEnd,
  OperationMessage,
  OperationName,
  OperationStart,
  StorageEvent,
} from './events.ts';
export { generateKey, generateKeyPair } from './generate-key.ts';
export type { Health, HealthCheck } from './health.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { ed25519, type Ed25519Material } from './ed25519.ts';
export { hmac } from './hmac.ts';
export type { KeyMaterial } from './key-material.ts';
export { ed25519Keyring, hmacKeyring, keyring } from './keyring.ts';
export {
  keyringFromEnvironment,
  verificationKeysFromEnvironment,
  type EnvironmentVariables,
} from './keyring-environment.ts';
export { keyringFromText, verificationKeysFromText } from './keyring-text.ts';
export type { ActiveKeys, KeyMaterialOptions, KeyringOptions, VerificationKeysOptions } from './keyring.ts';
export { revoked, verifyOnly, type KeyStatus, type SigningKey } from './signing-key.ts';
export { assertKey, isKey } from './keys.ts';
export type { ListOptions, Page, PageOptions } from './list.ts';
export type { OperationOptions } from './operation.ts';
export type { RangeRequest, ResolvedRange } from './range.ts';
export type { KeyProvider, Signer, VerificationKeys, Verifier } from './signing.ts';
export type { ArtifactSource } from './source.ts';
export type { ArtifactStoreOptions } from './store-options.ts';
export { ArtifactStore, type GetMetadataOptions } from './store.ts';
export type { ArtifactChanges, UpdateOptions } from './update.ts';
export type { UploadOptions } from './upload-options.ts';
export { withPrefix } from './with-prefix.ts';
