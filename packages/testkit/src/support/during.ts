/** Does `step` again and again until `work` has ended. */
export async function during(work: Promise<void>, step: () => Promise<void>): Promise<void> {
  const state = { over: false };
  const ending = work.finally(() => {
    state.over = true;
  });
  const steps = (async () => {
    while (!state.over) {
      await step();
      await new Promise(setImmediate);
    }
  })();
  await Promise.all([ending, steps]);
}
