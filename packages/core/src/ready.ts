import type { BackendCapabilities } from './backend.ts';
import { freshName } from './environment.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { requireUsableKey } from './health.ts';
import { probeKey } from './layout.ts';
import { readLedger } from './ledger-object.ts';
import { tidy } from './markers.ts';
import type { ReadObject, Storage } from './storage.ts';

const maxClockSkewMs = 5 * 60 * 1000;
/** A reservation ends by one clock and is committed by another, which stops a minute before. */
const maxSkewOfLedgerMs = 30 * 1000;

/** Looks at everything a writer needs and reports all problems at once. @throws the one failure there is, or the code that all have, else `CONFIGURATION` */
export async function checkReady(
  storage: Storage,
  prepare: () => Promise<BackendCapabilities>,
  requireLedger: (capabilities: BackendCapabilities) => unknown,
): Promise<void> {
  const looks: (() => unknown)[] = [
    () => storage.check(),
    prepare,
    () => requireUsableKey(storage.environment),
    () => requireClock(storage),
    async () => requireLedger(await prepare()),
    () => storage.environment.accounting && readLedger(storage),
  ];
  const problems: ArtifactError[] = [];
  for (const look of looks) {
    try {
      await look();
    } catch (error) {
      storage.lifetime.throwIfAborted();
      if (!isArtifactError(error)) throw error;
      problems.push(error);
    }
  }
  // One cause shows in several looks.
  const messages = [...new Set(problems.map(({ message }) => message))];
  const [first] = problems;
  if (first === undefined) return;
  if (messages.length === 1) throw first;
  const cause = new AggregateError(problems, 'problems');
  const code = problems.every((problem) => problem.code === first.code) ? first.code : 'CONFIGURATION';
  throw new ArtifactError(code, `the store is not ready: ${messages.join('; ')}`, { cause });
}

/** A sweep trusts this clock, so it must not be far from the medium's. */
async function requireClock(storage: Storage): Promise<void> {
  const { environment } = storage;
  const key = probeKey(freshName(environment));
  let probe: ReadObject | undefined;
  try {
    await storage.put(key, new Uint8Array(0));
    probe = await storage.get(key, 0);
  } finally {
    await tidy(storage, [key]);
  }
  const skew = probe === undefined ? 0 : Math.abs(probe.info.modifiedAt.getTime() - environment.now());
  const limit = environment.accounting === undefined ? maxClockSkewMs : maxSkewOfLedgerMs;
  if (skew <= limit) return;
  throw new ArtifactError(
    'CONFIGURATION',
    `the clock is ${Math.round(skew / 1000)} s off the storage's: set it, the limit is ${limit / 1000} s`,
    {
      field: 'now',
      expected: limit,
      found: skew,
    },
  );
}
