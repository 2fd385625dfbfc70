import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { localBackend } from '@artifacts/backend-local';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { runTask } from '../child.ts';
import { randomBytes, stamped } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import type { Place } from '../place.ts';
import type { Race } from '../results.ts';
import { eachInTurn, Tally } from '../rounds.ts';
import { onServer } from '../s3-server.ts';
import { sizeText } from '../settings.ts';
import { openStore } from '../store.ts';
import { atLeast, exactly, timesAsFast } from '../targets.ts';

const smallBytes = 1024;
const kills = 5;
const migrating = 'migrate';
const uploading = 'plain uploads';

/** Moves a directory into a bucket, beside uploading the same files. */
export const migrateToS3: Suite<LifecycleSettings> = {
  name: 'migrate-to-s3',
  run: (settings, scratch) =>
    scratch.folder('migrate', async (folder) => {
      const { movedSmall, movedLarge, movedLargeBytes, moveRounds, moveAtOnce: atOnce } = settings;
      const files = join(folder, 'files');
      const from: Place = { root: join(folder, 'store') };
      await fill(files, from, settings);
      const tally = new Tally();
      const artifacts = movedSmall + movedLarge;
      for (let round = 0; round <= moveRounds; round += 1) {
        // A server of its own for each round: it keeps everything in memory.
        await onServer(scratch, (server) =>
          eachInTurn([migrating, uploading], round, folder, async (name) => {
            const to: Place = { server, prefix: `${round}/${name === migrating ? 'moved' : 'uploaded'}/` };
            const { seconds } = await (name === migrating
              ? runTask('migrateStore', { from, to, atOnce })
              : runTask('uploadFiles', { folder: files, to, atOnce }));
            tally.add(name, round, artifacts / seconds);
          }),
        );
      }
      const killed = await onServer(scratch, async (server) => {
        const whole = await runTask('migrateStore', { from, to: { server, prefix: 'whole/' }, atOnce });
        const to: Place = { server, prefix: 'killed/' };
        for (let kill = 1; kill <= kills; kill += 1) {
          const killAfter = Math.floor((artifacts * kill) / (kills + 1));
          const ended = await runTask('migrateStore', { from, to, atOnce, killAfter }).then(
            () => 'whole',
            () => 'killed',
          );
          if (ended !== 'killed') throw new Error(`the migration came through kill ${kill}`);
        }
        const last = await runTask('migrateStore', { from, to, atOnce });
        return { same: last.manifest === whole.manifest, ...last };
      });
      const what = `${movedSmall} of ${sizeText(smallBytes)} and ${movedLarge} of ${sizeText(movedLargeBytes)}`;
      const race: Race = {
        title: `Moving ${what} from a directory to a bucket`,
        unit: 'artifacts/s',
        baseline: uploading,
        lanes: [
          { name: migrating, does: 'a store, every byte verified while it is read', rounds: tally.of(migrating) },
          { name: uploading, does: 'store.upload of the same files', rounds: tally.of(uploading) },
        ],
      };
      return {
        name: 'migrate-to-s3',
        title: 'Moving to S3',
        about: [
          `${atOnce} at a time, each in a process of its own, on a Ceph Object Gateway on loopback that shares the processors. The first round warms up.`,
          `Then a migration is killed ${kills} times, after every ${Math.floor(artifacts / (kills + 1))} artifacts more, and run to its end.`,
        ],
        races: [race],
        tables: [
          {
            title: `After ${kills} kills`,
            columns: ['found there', 'sent by the last run', 'manifest as without a kill'],
            rows: [[killed.unchanged, killed.copied, killed.same ? 'yes' : 'no']],
          },
        ],
        targets: [
          atLeast(`${migrating}, to ${uploading}`, timesAsFast(race, migrating, uploading), 0.9, 'x'),
          exactly('manifests that differ after five kills', killed.same ? 0 : 1, 0, ''),
          exactly('artifacts after five kills', killed.copied + killed.unchanged, artifacts, ''),
        ],
      };
    }),
};

async function fill(
  files: string,
  from: { readonly root: string },
  { movedSmall, movedLarge, movedLargeBytes }: LifecycleSettings,
): Promise<void> {
  await mkdir(files);
  const store = openStore(localBackend({ ...from, durability: 'process' }));
  const put = async (name: string, content: Buffer): Promise<void> => {
    await writeFile(join(files, name), content);
    await store.upload(name, content);
  };
  await eachAtOnce([...Array(movedSmall).keys()], 16, (n) => put(`small-${n}`, stamped(randomBytes(smallBytes), n)));
  for (let n = 0; n < movedLarge; n += 1) await put(`large-${n}`, stamped(randomBytes(movedLargeBytes), n));
}
