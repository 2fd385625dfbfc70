import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import { eachAtOnce } from '../at-once.ts';
import { cpuMicrosecondsOf, secondsOf } from '../clock.ts';
import { s3Entries } from '../contenders/s3/all.ts';
import { requireSame, someObjects } from '../content.ts';
import { Random } from '../random.ts';

/** Per second, and the processor time of each, in milliseconds. */
interface Moved {
  readonly rate: number;
  readonly cost: number;
}

/** Uploads small objects and downloads them again, as a contender does that has been at it for a while. */
export async function moveObjects({
  server,
  contender,
  prefix,
  objects: count,
  atOnce,
  bytes,
  seed,
}: {
  readonly server: S3TestServer;
  readonly contender: string;
  readonly prefix: string;
  readonly objects: number;
  readonly atOnce: number;
  readonly bytes: number;
  readonly seed: number;
}): Promise<{ readonly upload: Moved; readonly download: Moved }> {
  const entry = s3Entries.find(({ name }) => name === contender);
  if (entry === undefined) throw new Error(`there is no contender ${contender}`);
  const { put, get, close } = entry.open(server, prefix);
  const random = new Random(seed);
  const moved = async (work: () => Promise<void>): Promise<Moved> => {
    let seconds = 0;
    const microseconds = await cpuMicrosecondsOf(async () => {
      seconds = await secondsOf(work);
    });
    return { rate: count / seconds, cost: microseconds / 1000 / count };
  };
  const pass = async (name: string): Promise<{ readonly upload: Moved; readonly download: Moved }> => {
    const objects = someObjects(name, count, bytes);
    const upload = await moved(() => eachAtOnce(objects, atOnce, ({ key, content }) => put(key, content)));
    const shuffled = random.shuffled(objects);
    const download = await moved(() =>
      eachAtOnce(shuffled, atOnce, async ({ key, content }) => requireSame(key, await get(key), content)),
    );
    return { upload, download };
  };
  await pass('warm-up');
  const result = await pass('measured');
  await close();
  return result;
}
