import { readFileSync } from 'node:fs';

import { Users } from './users.ts';

/** What the environment says beside `ARTIFACT_*`, which the store reads itself. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly users: Users;
  readonly maxSizeBytes: number;
  /** Bytes of all artifacts together; any number without it. */
  readonly quotaBytes: number | undefined;
  /** Where the audit trail is, without which nothing is done then. */
  readonly auditFile: string | undefined;
  /** How long a client may send or take nothing. */
  readonly idleMs: number;
  readonly delayMs: number;
  readonly drainMs: number;
  readonly sweepMs: number;
}

/** @throws `Error` that names the variable */
export function configurationOf(env: NodeJS.ProcessEnv): Configuration {
  return {
    host: env['HOST'] ?? '0.0.0.0',
    port: numberOf(env, 'PORT') ?? 8080,
    users: new Users(usersOf(env)),
    maxSizeBytes: numberOf(env, 'MAX_SIZE_BYTES') ?? 100 * 1024 * 1024,
    quotaBytes: numberOf(env, 'QUOTA_BYTES'),
    auditFile: env['AUDIT_FILE'],
    idleMs: numberOf(env, 'IDLE_MS') ?? 30_000,
    delayMs: numberOf(env, 'SHUTDOWN_DELAY_MS') ?? 0,
    drainMs: numberOf(env, 'SHUTDOWN_DRAIN_MS') ?? 10_000,
    sweepMs: numberOf(env, 'SWEEP_MS') ?? 60 * 60 * 1000,
  };
}

function usersOf(env: NodeJS.ProcessEnv): string {
  const { SERVICE_USERS: text, SERVICE_USERS_FILE: path } = env;
  if (text !== undefined) return text;
  if (path === undefined) throw new Error('nobody is named: set SERVICE_USERS_FILE, or SERVICE_USERS');
  return readFileSync(path, 'utf8');
}

function numberOf(env: NodeJS.ProcessEnv, name: string): number | undefined {
  const text = env[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${name} is not a whole number`);
  return Number(text);
}
