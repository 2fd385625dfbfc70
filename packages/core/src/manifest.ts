import { createHash } from 'node:crypto';

import { parseExact } from './envelope.ts';
import type { Environment } from './environment.ts';
import { ArtifactError, invalidArgument, isArtifactError } from './errors.ts';
import { problemOfAudience, problemOfInteger, problemOfSha256, requireField } from './fields.ts';
import { escapeId, unescapeId } from './ids.ts';
import { namespacePrefix, recordKey } from './layout.ts';
import { isNamespace } from './namespaces.ts';
import { splitLine } from './record.ts';
import { signPayload, verifyLine, type VerificationKeys } from './signing.ts';

const manifestType = 'application/vnd.artifacts.manifest.v1+json';
const newline = '\n';

/** One artifact that a manifest vouches for. */
export interface ManifestEntry {
  /** The namespace it is in, where there is one. */
  readonly namespace?: string | undefined;
  readonly id: string;
  readonly generation: number;
  readonly sizeBytes: number;
  /** SHA-256 of the whole content, 64 lower-case hex digits. */
  readonly checksumSha256: string;
}

/** What a store held when a manifest was signed, as far as it was moved there. */
export interface Manifest {
  /** The store that holds it. */
  readonly audience: string;
  /** In the order of keys: those of each namespace, then those in none. */
  readonly artifacts: readonly ManifestEntry[];
  /** Of all of them together. */
  readonly sizeBytes: number;
  /** The key whose signature verified. */
  readonly keyId: string;
}

export interface VerifyManifestOptions {
  /** The store that the manifest must be of; by default any whose keys are trusted. */
  readonly audience?: string | undefined;
}

/** Signs a list of artifacts with the active keys (format: Manifest). The same artifacts and keys give the same bytes. */
export async function sealManifest(
  { keys, scope: { audience } }: Environment,
  artifacts: readonly ManifestEntry[],
): Promise<Uint8Array<ArrayBuffer>> {
  const tail = Buffer.from(artifacts.map((entry) => `${lineOf(entry)}${newline}`).join(''));
  const payload = { v: 1, audience, artifacts: artifacts.length, sizeBytes: sizeOf(artifacts), sha256: sha256(tail) };
  const { line } = await signPayload(keys, manifestType, Buffer.from(JSON.stringify(payload)));
  return Buffer.concat([line, Buffer.from(newline), tail]);
}

/**
 * Proves, without any storage, that a trusted key signed this manifest, and gives what it says.
 *
 * @throws `SIGNATURE_INVALID`, `UNKNOWN_KEY`, `KEY_REVOKED`; `INTEGRITY` when it is not whole or of another store than asked for
 */
export async function verifyManifest(
  manifest: Uint8Array,
  keys: VerificationKeys,
  { audience }: VerifyManifestOptions = {},
): Promise<Manifest> {
  if (!(manifest instanceof Uint8Array)) throw invalidArgument('manifest', 'the manifest is no Uint8Array');
  if (audience !== undefined) requireField('audience', audience, problemOfAudience(audience));
  const { line, tailStart } = splitLine(manifest) ?? { line: manifest.subarray(0, 0), tailStart: 0 };
  const { keyId, payload } = await verifyLine(keys, [manifestType], line).catch((error: unknown) => {
    if (!isArtifactError(error) || error.retryable || error.code === 'CONFIGURATION') throw error;
    throw new ArtifactError(error.code, `the manifest is not vouched for: ${error.message}`, { cause: error });
  });
  const { v, audience: of, artifacts: count, sizeBytes, sha256: signed } = membersOf(payload);
  if (v !== 1) throw new ArtifactError('UNSUPPORTED', 'the manifest is of a version that this release does not know');
  if (typeof of !== 'string' || (audience !== undefined && of !== audience))
    throw notWhole('it was signed for another store (audience)');
  const tail = manifest.subarray(tailStart);
  if (signed !== sha256(tail)) throw notWhole('its list is not what was signed');
  const artifacts = entriesOf(tail);
  const size = sizeOf(artifacts);
  if (count !== artifacts.length || sizeBytes !== size) throw notWhole('its totals are not those of its list');
  return { audience: of, artifacts, sizeBytes: size, keyId };
}

function entriesOf(tail: Uint8Array): ManifestEntry[] {
  const lines = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength).toString().split(newline);
  if (lines.pop() !== '') throw notWhole('its list ends within a line');
  let last = '';
  return lines.map((line, index) => {
    const entry = membersOf(Buffer.from(line)) as unknown as ManifestEntry;
    const problem = problemOfEntry(entry);
    // The one spelling of these members and no others.
    if (problem !== undefined || lineOf(entry) !== line)
      throw notWhole(`entry ${index} of its list ${problem ?? 'is not spelled as it is written'}`);
    const key = keyOf(entry);
    if (key <= last) throw notWhole(`entry ${index} of its list is out of order`);
    last = key;
    return entry;
  });
}

function membersOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value = parseExact(bytes);
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (cause) {
    throw notWhole('it is malformed', cause);
  }
  throw notWhole('it is malformed');
}

function problemOfEntry({ namespace, id, generation, sizeBytes, checksumSha256 }: ManifestEntry): string | undefined {
  if (typeof id !== 'string' || unescapeId(escapeId(id)) !== id) return 'has no id';
  if (namespace !== undefined && (typeof namespace !== 'string' || !isNamespace(namespace)))
    return 'has no namespace that there could be';
  const problem = problemOfInteger(generation, 1) ?? problemOfInteger(sizeBytes, 0) ?? problemOfSha256(checksumSha256);
  return problem === undefined ? undefined : `has a member that ${problem}`;
}

function lineOf({ namespace, id, generation, sizeBytes, checksumSha256 }: ManifestEntry): string {
  return JSON.stringify({ namespace, id, generation, sizeBytes, checksumSha256 });
}

function keyOf({ namespace, id }: ManifestEntry): string {
  return (namespace === undefined ? '' : namespacePrefix(namespace)) + recordKey(id);
}

function sizeOf(artifacts: readonly ManifestEntry[]): number {
  return artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function notWhole(problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('INTEGRITY', `the manifest fails its integrity check: ${problem}`, { cause });
}
