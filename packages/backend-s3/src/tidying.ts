import { abortable, pause } from './abort.ts';

/** How long a call that failed tidies up before a caller who aborted is told, and how long at all. */
const tidyingMs = 700;
const maxTidyingMs = 10_000;

/**
 * Tidies up after a call that failed or ended. A caller who has aborted, or does meanwhile, is not kept waiting for the end of it:
 * it goes on without them. Never rejects.
 */
export async function tidied(
  signal: AbortSignal | undefined,
  tidy: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const done = tidy(AbortSignal.timeout(maxTidyingMs)).catch(() => undefined);
  try {
    await abortable(signal, () => done);
  } catch {
    // Its caller has aborted.
    const waiting = new AbortController();
    await Promise.race([done, pause(tidyingMs, waiting.signal).catch(() => undefined)]);
    waiting.abort();
  }
}
