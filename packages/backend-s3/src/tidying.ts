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
  const done = tidy(AbortSignal.timeout(maxTidyingMs)).then(
    () => undefined,
    () => undefined,
  );
  if (signal === undefined) return done;
  let timer: NodeJS.Timeout | undefined;
  let onAbort = (): void => undefined;
  const enough = new Promise<void>((resolve) => {
    onAbort = () => {
      timer = setTimeout(resolve, tidyingMs);
    };
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  await Promise.race([done, enough]);
  clearTimeout(timer);
  signal.removeEventListener('abort', onAbort);
}
