import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import type { Environment } from './environment.ts';
import { ArtifactError, invalidArgument, isArtifactError } from './errors.ts';
import { requireField } from './fields.ts';
import { requireFormat } from './format.ts';
import type { OperationOptions } from './operation.ts';
import { signPayload, verifyLine } from './signing.ts';
import type { Storage } from './storage.ts';

export interface HealthOptions extends OperationOptions {
  /**
   * Also writes an object, reads it back and deletes it, compares the clock with the storage's, and looks how full the quota is. By
   * default a check only reads. The object is no artifact and counts for no quota; a sweep removes what a crash leaves of it.
   */
  readonly deep?: boolean | undefined;
}

/** One thing that was looked at. */
export interface HealthCheck {
  /** `backend`, `format`, `signing`, `ledger` where usage is kept; when it is deep also `canary`, `clock`, `quota` where there is one. */
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error?: ArtifactError;
  /** What does no harm yet: a clock a tenth of the way to its limit, or a quota of which less than a tenth is left. */
  readonly warning?: ArtifactError;
}

export interface Health {
  /** Whether every check was. */
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
}

/** Throws what is wrong. When it gives an error, that is a warning. */
export type Look = () => Promise<unknown>;

/** @throws `INVALID_ARGUMENT` for a deep check by a reader, which never writes */
export function requireHealth({ deep }: HealthOptions, { readOnly }: Environment): void {
  requireField('deep', deep, deep === undefined || typeof deep === 'boolean' ? undefined : 'is not a boolean');
  if (deep === true && readOnly) throw invalidArgument('deep', 'a reader never writes: leave out deep, or ask a store');
}

/** Looks at the backend, the store's format, the signing key, and the ledger where usage is kept. Never throws for what it finds. */
export async function checkHealth(storage: Storage, { deep = false }: HealthOptions): Promise<Health> {
  const { environment } = storage;
  const looks: Record<string, Look> = {
    backend: () => storage.check(),
    format: () => requireFormat(storage),
    ...(!environment.readOnly && { signing: () => requireUsableKey(environment) }),
    ...(environment.accounting !== undefined && { ledger: () => requireSoundLedger(storage) }),
    // Loaded when it is asked for: most processes never write to look.
    ...(deep && (await import('./deep-health.ts')).deepLooks(storage)),
  };
  const checks = await Promise.all(Object.entries(looks).map(([name, look]) => check(environment, name, look)));
  // Our own time limit shows in the checks; only the caller's abort is thrown.
  if (!storage.lifetime.ranOut) storage.lifetime.throwIfAborted();
  return { ok: checks.every(({ ok }) => ok), checks };
}

async function check(environment: Environment, name: string, look: Look): Promise<HealthCheck> {
  const startedAt = environment.monotonic();
  const durationMs = () => environment.monotonic() - startedAt;
  try {
    const warning = await look();
    return { name, ok: true, durationMs: durationMs(), ...(isArtifactError(warning) && { warning }) };
  } catch (cause) {
    const error = isArtifactError(cause)
      ? cause
      : new ArtifactError('BACKEND', `health check of ${name} failed`, { cause });
    return { name, ok: false, durationMs: durationMs(), error };
  }
}

/** Looks whether the ledger, where usage is kept, verifies. */
export async function requireSoundLedger(storage: Storage): Promise<void> {
  if (storage.environment.accounting === undefined) return;
  const { readLedger } = await import('./ledger-object.ts');
  await readLedger(storage);
}

/** Signs something of no meaning and checks each signature: a key that is named but cannot be used shows here. */
export async function requireUsableKey({ keys, randomBytes }: Environment): Promise<void> {
  const type = 'application/vnd.artifacts.canary';
  const { line } = await signPayload(keys, type, randomBytes(16));
  const { signatures, ...signed } = decodeEnvelope(line);
  // One by one, because of several a reader would be content with any.
  for (const signature of signatures) {
    await verifyLine(keys, [type], encodeEnvelope({ ...signed, signatures: [signature] }));
  }
}
