import type { BackendCapabilities } from './backend.ts';
import { ArtifactError, isArtifactError } from './errors.ts';
import { requireSoundLedger, requireUsableKey } from './health.ts';
import { clockOfMedium, limitOfSkew, requireClock } from './medium-clock.ts';
import type { Storage } from './storage.ts';

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
    async () => requireClock(await clockOfMedium(storage), storage.environment.now(), limitOfSkew(storage.environment)),
    async () => requireLedger(await prepare()),
    () => requireSoundLedger(storage),
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
