export { isExpired, verifyIntegrity, type ArtifactMetadata } from './artifact.ts';
export type { AuditSink } from './audit.ts';
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
export type { BackendConfig, BackendContext, BackendLoader, BackendModule } from './backend-module.ts';
export type { Conditions, Expectations } from './conditions.ts';
export type { CopyOptions } from './copy.ts';
export type { DeleteOptions } from './delete.ts';
export type { Download, DownloadOptions } from './download.ts';
export {
  ArtifactError,
  isArtifactError,
  type ErrorCode,
  type ErrorDetails,
  type InvalidEntry,
  type QuotaFacts,
} from './errors.ts';
export type {
  Observer,
  OperationEnd,
  OperationMessage,
  OperationName,
  OperationStart,
  StorageEvent,
} from './events.ts';
export type { Finding, FindingCode, VerifyOptions, VerifyProgress } from './finding.ts';
export { generateKey, generateKeyPair } from './generate-key.ts';
export type { Health, HealthCheck, HealthOptions } from './health.ts';
export { healthHandler } from './health-handler.ts';
export type { HealthHandler, HealthHandlerOptions, HealthRequest, HealthResponse } from './health-handler.ts';
export { httpStatus } from './http-status.ts';
export type { JsonObject, JsonValue } from './json.ts';
export type { KeyUsage, KeyUsageOptions, RecordReference } from './key-usage.ts';
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
export { namespacePrefix, recordKey } from './layout.ts';
export type { ListOptions, Page, PageOptions } from './list.ts';
export type { Amount } from './ledger-state.ts';
export type { DeleteManyItem, ManyOptions, ManyResult, UploadManyItem } from './many.ts';
export { verifyManifest, type Manifest, type ManifestEntry, type VerifyManifestOptions } from './manifest.ts';
export { invalidMetadata } from './metadata-schema.ts';
export type { InvalidMetadata, SchemaIssue, StandardSchema } from './metadata-schema.ts';
export type { MigrateOptions, MigrateProgress, MigrateReport } from './migrate-options.ts';
export { migrate } from './migrate.ts';
export type { NamespaceOptions } from './namespaces.ts';
export { openArtifactReader, openArtifactStore } from './open.ts';
export type { BackendTarget, OpeningOptions, OpenReaderOptions, OpenStoreOptions } from './open.ts';
export type { OperationOptions } from './operation.ts';
export type { PassOptions } from './pass-options.ts';
export type { OnProgress, Progress } from './progress.ts';
export type { QuotaOptions } from './quota.ts';
export type { RangeRequest, ResolvedRange } from './range.ts';
export { ArtifactReader, type GetMetadataOptions } from './reader.ts';
export type { PassFailures } from './record-pass.ts';
export type { Recount } from './recount.ts';
export type { RepairOptions, RepairResult } from './repair.ts';
export type { ResignOptions, ResignProgress, ResignReport } from './resign.ts';
export { signLine, verifySignedLine, type VerifiedPayload } from './signed-line.ts';
export type { KeyProvider, Signer, VerificationKeys, Verifier } from './signing.ts';
export type { SafeReader } from './safe-reader.ts';
export type { SafeFailure, SafeResult, SafeSuccess } from './safe-result.ts';
export type { SafeStore } from './safe-store.ts';
export type { ArtifactReaderOptions, ArtifactStoreOptions } from './store-options.ts';
export { ArtifactStore } from './store.ts';
export type { ArtifactSource, ReopenableSource } from './source.ts';
export { statsObserver, type OperationStats, type StatsObserver, type StoreStats } from './stats-observer.ts';
export type { SweepOptions } from './sweep-options.ts';
export type { KeptObject, SweepCounts, SweepProgress, SweepReport, SweptObject } from './sweep-report.ts';
export { startSweeper, type Sweeper, type SweeperOptions } from './sweeper.ts';
export type { ArtifactChanges, UpdateOptions } from './update.ts';
export type { UploadOptions } from './upload-options.ts';
export type { Usage } from './usage.ts';
export { withPrefix } from './with-prefix.ts';
export { wrapBackend } from './wrap-backend.ts';
