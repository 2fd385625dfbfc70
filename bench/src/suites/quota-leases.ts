import { ArtifactStore } from '@artifacts/core';
import { startS3Proxy } from '@artifacts/testkit/s3-proxy';

import type { Suite } from '../bench.ts';
import { randomBytes } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import { backendAt } from '../place.ts';
import { onServer } from '../s3-server.ts';
import { hmacKeys } from '../store.ts';
import { atMost, exactly } from '../targets.ts';

const smallBytes = 1024;
const share = 0.9;

/** What a quota costs many writers of small artifacts. */
export const quotaLeases: Suite<LifecycleSettings> = {
  name: 'quota-leases',
  run: ({ writers, uploads }, scratch) =>
    onServer(scratch, async (server) => {
      const proxy = await startS3Proxy({ target: server.endpoint });
      const backend = backendAt({ server: { ...server, endpoint: proxy.endpoint }, prefix: 'quota/' });
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
      const { bytes, count, from } = await open().usage();
      await backend.close();
      await proxy.close();
      const all = writers * uploads;
      if (from !== 'ledger') throw new Error('a lease was not handed back');
      return {
        name: 'quota-leases',
        title: 'What a quota costs',
        about: [
          `${writers} stores, as in as many processes, upload ${uploads} new artifacts of ${smallBytes} bytes each, one after the other, to one quota that is then ${100 * share} % full, on ${server.name}. Requests are counted by a proxy in front of it, from the first upload to the last lease that is handed back.`,
        ],
        races: [],
        tables: [
          {
            title: 'Requests with a quota',
            columns: ['uploads', 'requests', 'for one upload', 'kinds', 'uploads a second'],
            rows: [
              [
                all,
                total,
                Number((total / all).toFixed(3)),
                Object.entries(byKind)
                  .map(([kind, requests]) => `${requests} ${kind}`)
                  .join(', '),
                Math.round(all / seconds),
              ],
            ],
          },
        ],
        targets: [
          atMost(`requests for a small upload at ${writers} writers`, total / all, 1.1, 'requests'),
          exactly('artifacts in the ledger', count, all + 1, 'artifacts'),
          exactly('bytes in the ledger', bytes, all * smallBytes, 'bytes'),
        ],
      };
    }),
};
