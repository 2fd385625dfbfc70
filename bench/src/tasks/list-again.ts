import { existsSync } from 'node:fs';

import { localBackend } from '@artifacts/backend-local';

import { openStore } from '../store.ts';
import { takeAll } from '../take-all.ts';

/** Lists everything twice, for somebody who watches from outside and sees the marker looked for between the two. */
export async function listAgain({
  root,
  count,
  marker,
}: {
  readonly root: string;
  readonly count: number;
  readonly marker: string;
}): Promise<{ readonly listed: number }> {
  const store = openStore(localBackend({ root }));
  await takeAll(store.list(), count);
  existsSync(marker);
  await takeAll(store.list(), count);
  return { listed: 2 * count };
}
