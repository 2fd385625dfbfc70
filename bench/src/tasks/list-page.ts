import { localBackend } from '@artifacts/backend-local';

import { openStore } from '../store.ts';
import { secondsOf } from '../clock.ts';

/** Lists one page in a process that has listed nothing before. */
export async function listPage({
  root,
  limit,
}: {
  readonly root: string;
  readonly limit: number;
}): Promise<{ readonly seconds: number }> {
  const store = openStore(localBackend({ root }));
  const seconds = await secondsOf(async () => {
    const { artifacts } = await store.page({ limit });
    if (artifacts.length !== limit) throw new Error(`the page has ${artifacts.length} artifacts, not ${limit}`);
  });
  return { seconds };
}
