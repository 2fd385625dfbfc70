import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import type { Environment } from './environment.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { requireFormat } from './format.ts';
import { signPayload, verifyLine } from './signing.ts';
import type { Storage } from './storage.ts';

/** One thing that was looked at. */
export interface HealthCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly error?: ArtifactError;
}

export interface Health {
  /** Whether every check was. */
  readonly ok: boolean;
  readonly checks: readonly HealthCheck[];
}

/** Looks at the backend, the store's format, the signing key, and the ledger where usage is kept. Reads only, and never throws for what it finds. */
export async function checkHealth(storage: Storage): Promise<Health> {
  const { environment } = storage;
  const checks = await Promise.all([
    check(environment, 'backend', () => storage.check()),
    check(environment, 'format', () => requireFormat(storage)),
    ...(environment.readOnly ? [] : [check(environment, 'signing', () => requireUsableKey(environment))]),
    ...(environment.accounting === undefined ? [] : [check(environment, 'ledger', () => requireSoundLedger(storage))]),
  ]);
  // Our own time limit shows in the checks; only the caller's abort is thrown.
  if (!storage.lifetime.ranOut) storage.lifetime.throwIfAborted();
  return { ok: checks.every(({ ok }) => ok), checks };
}

async function check(environment: Environment, name: string, look: () => Promise<unknown>): Promise<HealthCheck> {
  const startedAt = environment.monotonic();
  try {
    await look();
    return { name, ok: true, durationMs: environment.monotonic() - startedAt };
  } catch (cause) {
    const error = isArtifactError(cause)
      ? cause
      : new ArtifactError('BACKEND', `health check of ${name} failed`, { cause });
    return { name, ok: false, durationMs: environment.monotonic() - startedAt, error };
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
