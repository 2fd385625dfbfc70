import { ArtifactStore } from '@artifacts/core';
import { startS3Proxy, type S3Proxy } from '@artifacts/testkit/s3-proxy';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import type { Suite } from '../bench.ts';
import { randomBytes } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import { backendAt } from '../place.ts';
import { onServer } from '../s3-server.ts';
import { hmacKeys } from '../store.ts';
import { atMost, exactly } from '../targets.ts';

const smallBytes = 1024;
const share = 0.9;

interface Filled {
  /** By each writer. */
  readonly uploads: number;
  readonly all: number;
  readonly total: number;
  readonly kinds: string;
  readonly seconds: number;
  /** How far the ledger is off in the end. */
  readonly drift: number;
}

/** What a quota costs many writers of small artifacts. */
export const quotaLeases: Suite<LifecycleSettings> = {
  name: 'quota-leases',
  run: ({ writers, uploads, judged }, scratch) =>
    onServer(scratch, async (server) => {
      const proxy = await startS3Proxy({ target: server.endpoint });
      const runs: Filled[] = [];
      for (const each of uploads) runs.push(await fill({ ...server, endpoint: proxy.endpoint }, proxy, writers, each));
      await proxy.close();
      const asked = runs.find((run) => run.uploads === judged);
      if (asked === undefined) throw new Error(`nobody uploaded ${judged}`);
      return {
        name: 'quota-leases',
        title: 'What a quota costs',
        about: [
          `${writers} stores, as in as many processes, begin at once and upload new artifacts of ${smallBytes} bytes, one after the other, to one quota that is then ${100 * share} % full, on ${server.name}. Requests are counted by a proxy in front of it, from the first upload to the last lease that is handed back.`,
          'What leases cost depends little on how much is uploaded, so that the fewer uploads each writer makes, the more there are requests for one. Most are of the beginning, when all want their first lease, and of the end, when leases get small.',
        ],
        races: [],
        tables: [
          {
            title: 'Requests with a quota',
            columns: ['uploads of each writer', 'uploads', 'requests', 'for one upload', 'kinds', 'uploads a second'],
            rows: runs.map(({ uploads: each, all, total, kinds, seconds }) => [
              each,
              all,
              total,
              Number((total / all).toFixed(3)),
              kinds,
              Math.round(all / seconds),
            ]),
          },
        ],
        targets: [
          atMost(
            `requests for a small upload at ${writers} writers of ${judged} uploads`,
            asked.total / asked.all,
            1.1,
            'requests',
          ),
          exactly(
            'artifacts and bytes that the ledgers are off',
            runs.reduce((sum, { drift }) => sum + drift, 0),
            0,
            '',
          ),
        ],
      };
    }),
};

async function fill(server: S3TestServer, proxy: S3Proxy, writers: number, uploads: number): Promise<Filled> {
  const backend = backendAt({ server, prefix: `quota-${uploads}/` });
  const quota = { maxBytes: Math.ceil((writers * uploads * smallBytes) / share) };
  const open = (): ArtifactStore => new ArtifactStore({ backend, audience: 'bench', signing: hmacKeys(), quota });
  const content = randomBytes(smallBytes);
  // The bucket is probed, and the ledger made, before anything is counted.
  const first = open();
  await first.ready();
  await first.upload('first', new Uint8Array(0));
  await first.close();
  proxy.clear();
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      const store = open();
      for (let upload = 0; upload < uploads; upload += 1) await store.upload(`${writer}/${upload}`, content);
      await store.close();
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const { total, byKind } = proxy.requests;
  const kinds = Object.entries(byKind).map(([kind, requests]) => `${requests} ${kind}`);
  const { bytes, count, from } = await open().usage();
  await backend.close();
  if (from !== 'ledger') throw new Error('a lease was not handed back');
  const all = writers * uploads;
  const drift = Math.abs(bytes - all * smallBytes) + Math.abs(count - all - 1);
  return { uploads, all, total, kinds: kinds.join(', '), seconds, drift };
}
