import type { WriteCondition } from './backend.ts';
import { parseExact } from './envelope.ts';
import { freshName, type Environment } from './environment.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { problemOfInteger, problemOfTime } from './fields.ts';
import { escapeId, unescapeId } from './ids.ts';
import { isRevision, ledgerKey } from './layout.ts';
import type { LedgerState } from './ledger-state.ts';
import { signPayload, verifyLine } from './signing.ts';
import type { Storage } from './storage.ts';

const ledgerType = 'application/vnd.artifacts.ledger.v1+json';
/** The whole object; some thousands of reservations. */
const maxLedgerBytes = 1024 * 1024;
const newline = 0x0a;

/** A ledger that verified, and the object it came from. */
export interface StoredLedger {
  readonly state: LedgerState;
  readonly version: string;
}

/**
 * Reads and verifies the ledger; `undefined` when there is none.
 *
 * @throws `SIGNATURE_INVALID`, `UNKNOWN_KEY`, `KEY_REVOKED`, or `INTEGRITY` when a good signature stands over something else
 */
export async function readLedger(storage: Storage): Promise<StoredLedger | undefined> {
  const found = await readLedgerLine(storage);
  return found && { state: await openLedger(storage.environment, found.line), version: found.version };
}

/** The signed line, which proves nothing yet. @throws `INTEGRITY` when it is none */
export async function readLedgerLine(
  storage: Storage,
): Promise<{ readonly line: Uint8Array; readonly version: string } | undefined> {
  const object = await storage.get(ledgerKey, maxLedgerBytes);
  if (object === undefined) return undefined;
  const { bytes, info } = object;
  if (info.size > maxLedgerBytes || bytes.at(-1) !== newline) throw notIntact('is not one line of at most 1 MiB');
  return { line: bytes.subarray(0, -1), version: info.version };
}

/** Writes a ledger once. Each has a revision of its own, so equal states never share a version. */
export async function writeLedger(
  storage: Storage,
  state: LedgerState,
  condition: WriteCondition,
): Promise<StoredLedger> {
  const { keys, scope } = storage.environment;
  const { audience, namespace } = scope;
  const revision = freshName(storage.environment);
  const payload = Buffer.from(JSON.stringify({ v: 1, audience, namespace, revision, ...state }));
  const { line } = await signPayload(keys, ledgerType, payload, maxLedgerBytes - 1);
  const bytes = Buffer.concat([line, Buffer.of(newline)]);
  const { version } = await storage.putOnce(ledgerKey, bytes, condition);
  return { state, version };
}

async function openLedger({ keys, scope }: Environment, line: Uint8Array): Promise<LedgerState> {
  const { payload } = await verifyLine(keys, [ledgerType], line).catch((error: unknown) => {
    // Keys that do not answer are no verdict on a ledger.
    if (!isArtifactError(error) || error.retryable || error.code === 'CONFIGURATION') throw error;
    throw new ArtifactError(error.code, `the ledger is not vouched for: ${error.message}`, { cause: error });
  });
  const { v, audience, namespace, revision, ...state } = parsePayload(payload);
  if (v !== 1) throw new ArtifactError('UNSUPPORTED', 'the ledger has a version this release does not know');
  if (audience !== scope.audience) throw notIntact('was signed for another store (audience)');
  if (namespace !== scope.namespace) throw notIntact('was signed for another namespace');
  const problem = isName(revision) ? problemOfState(state) : 'revision is not 32 hex digits';
  if (problem !== undefined) throw notIntact(`is malformed: ${problem}`);
  return state as unknown as LedgerState;
}

function parsePayload(payload: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parseExact(payload);
  } catch (cause) {
    throw notIntact('is not in the one spelling that is written', cause);
  }
  const members = membersOf(parsed);
  if (members === undefined) throw notIntact('is not an object');
  return members;
}

type Problems = Readonly<Record<string, (value: unknown) => string | undefined>>;

// While leases are out, what is used may be below nothing: what they have filled is counted when they end.
const amount = (value: unknown) => problemOfInteger(value, Number.MIN_SAFE_INTEGER);
const size = (value: unknown) => problemOfInteger(value, 0);
const name = (value: unknown) => (isName(value) ? undefined : 'is not 32 hex digits');
const optional = (otherwise: (value: unknown) => string | undefined) => (value: unknown) =>
  value === undefined ? undefined : otherwise(value);
const flag = optional((value) => (value === true ? undefined : 'is not true'));

const ofReservation: Problems = {
  id: (value) => (typeof value === 'string' && unescapeId(escapeId(value)) === value ? undefined : 'is no id'),
  revision: name,
  bytes: size,
  replaces: optional(size),
  deletes: flag,
  open: flag,
  deadline: problemOfTime,
};
const ofLease: Problems = { holder: name, bytes: size, count: size, deadline: problemOfTime };
const ofState: Problems = {
  bytes: amount,
  count: amount,
  reservations: (value) => problemOfAll(value, ofReservation, 'revision'),
  leases: (value) => problemOfAll(value, ofLease, 'holder'),
  leasesFrom: optional(problemOfTime),
  recount: optional((value) => problemOf(value, { by: name, deadline: problemOfTime })),
};

function problemOfState(state: Record<string, unknown>): string | undefined {
  return problemOf(state, ofState);
}

function problemOfAll(values: unknown, problems: Problems, key: string): string | undefined {
  if (!Array.isArray(values)) return 'is no list';
  const problem = values.map((value) => problemOf(value, problems)).find((each) => each !== undefined);
  if (problem !== undefined) return problem;
  const keys = values.map((value: Record<string, unknown>) => value[key]);
  return new Set(keys).size === keys.length ? undefined : `names a ${key} twice`;
}

function problemOf(value: unknown, problems: Problems): string | undefined {
  const members = membersOf(value);
  if (members === undefined) return 'is not an object';
  if (Object.keys(members).some((field) => !Object.hasOwn(problems, field)))
    return 'has members that this release does not know';
  for (const [field, problemOfField] of Object.entries(problems)) {
    const problem = problemOfField(members[field]);
    if (problem !== undefined) return `${field} ${problem}`;
  }
  return undefined;
}

function membersOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && isRevision(value);
}

export function notIntact(problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError(
    'INTEGRITY',
    `the ledger fails its integrity check: it ${problem}; recount() makes a new one`,
    {
      cause,
    },
  );
}
