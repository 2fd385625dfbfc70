import type { ArtifactMetadata } from './artifact.ts';
import { ArtifactError, configuration } from './errors.ts';
import { printable } from './ids.ts';
import { copyMetadata, type JsonObject } from './json.ts';

/**
 * A schema of custom metadata: the part of Standard Schema (https://standardschema.dev, version 1) that is used here, which
 * zod, valibot, arktype and others implement. It must validate at once: an asynchronous one is refused. Metadata that make
 * it throw are refused like those that have issues.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing a schema objects to. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Metadata that a schema refused. Kept beside its error and not in it, because errors are printed and metadata may be private. */
export interface InvalidMetadata {
  /** As it was given, or as it stands in the verified record. */
  readonly metadata: JsonObject;
  readonly issues: readonly SchemaIssue[];
}

const refusals = new WeakMap<object, InvalidMetadata>();

/** What a `METADATA_INVALID` error is about; `undefined` for every other error. */
export function invalidMetadata(error: unknown): InvalidMetadata | undefined {
  return typeof error === 'object' && error !== null ? refusals.get(error) : undefined;
}

/** Metadata for a record, and as its readers will see them. */
export interface CheckedMetadata {
  readonly stored: JsonObject;
  readonly seen: unknown;
}

/**
 * Checks the caller's metadata before any I/O. What is stored is what was given: readers validate it again, and a schema
 * that changes values would else change them twice.
 *
 * @throws `INVALID_ARGUMENT` when it is not JSON, `METADATA_INVALID` when it does not follow the schema
 */
export function checkMetadata(schema: StandardSchema | undefined, given: unknown): CheckedMetadata {
  const stored = copyMetadata(given);
  return { stored, seen: validated(schema, stored, undefined) };
}

/** The metadata of a verified record, as its schema gives them. @throws `METADATA_INVALID` */
export function typedMetadata(
  schema: StandardSchema | undefined,
  artifact: ArtifactMetadata,
): ArtifactMetadata<unknown> {
  if (schema === undefined) return artifact;
  return { ...artifact, metadata: validated(schema, artifact.metadata, artifact.id) };
}

function validated(schema: StandardSchema | undefined, metadata: JsonObject, id: string | undefined): unknown {
  if (schema === undefined) return metadata;
  const result = resultOf(schema, metadata);
  if (result.issues === undefined) return result.value;
  const [first] = result.issues;
  const field = `metadata${pathText(first?.path ?? [])}`;
  const more = result.issues.length > 1 ? ` and ${result.issues.length - 1} more` : '';
  const whose = id === undefined ? 'the metadata given' : `the metadata of artifact "${id}"`;
  // What the schema says of it may quote the value, so it is told apart from the error.
  const error = new ArtifactError(
    'METADATA_INVALID',
    `${whose} does not follow the store's metadataSchema at ${field}${more}: see invalidMetadata(error)`,
    { artifactId: id, field },
  );
  refusals.set(error, { metadata, issues: result.issues });
  throw error;
}

function resultOf(schema: StandardSchema, metadata: JsonObject): SchemaResult<unknown> {
  let result: unknown;
  try {
    // A copy, because a schema may change what it is given.
    result = schema['~standard'].validate(structuredClone(metadata));
  } catch (error) {
    // An issue and no cause: what a schema throws may quote the value, and is about this value and not the store.
    const message = error instanceof Error ? `: ${error.message}` : ' something that is not an Error';
    return { issues: [{ message: `the schema threw${message}` }] };
  }
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw unusable('is asynchronous: give one that validates at once');
  }
  if (!isResult(result)) throw unusable('gave neither a value nor issues');
  return result;
}

function isResult(result: unknown): result is SchemaResult<unknown> {
  if (typeof result !== 'object' || result === null) return false;
  if ('issues' in result && result.issues !== undefined)
    return Array.isArray(result.issues) && result.issues.every(isIssue);
  return 'value' in result;
}

function isIssue(issue: unknown): issue is SchemaIssue {
  if (typeof issue !== 'object' || issue === null || !('message' in issue)) return false;
  return !('path' in issue) || issue.path === undefined || (Array.isArray(issue.path) && issue.path.every(isSegment));
}

function isSegment(segment: unknown): boolean {
  const key = typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment;
  return ['string', 'number', 'symbol'].includes(typeof key);
}

/** @throws `CONFIGURATION` when it is no Standard Schema */
export function requireSchema(schema: unknown): asserts schema is StandardSchema {
  const standard: unknown =
    (typeof schema === 'object' || typeof schema === 'function') && schema !== null && '~standard' in schema
      ? schema['~standard']
      : undefined;
  const known = typeof standard === 'object' && standard !== null && 'version' in standard && standard.version === 1;
  if (!known || !('validate' in standard) || typeof standard.validate !== 'function')
    throw unusable('is no Standard Schema of version 1, as zod, valibot and arktype make them');
}

function pathText(path: NonNullable<SchemaIssue['path']>): string {
  return path
    .slice(0, 8)
    .map((segment) => (typeof segment === 'object' ? segment.key : segment))
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${printable(String(key).slice(0, 64))}`))
    .join('');
}

function unusable(problem: string): ArtifactError {
  return configuration('metadataSchema', `metadataSchema ${problem}`);
}
