import { startS3Proxy } from '@artifacts/testkit/s3-proxy';

import type { Suite } from '../../bench.ts';
import { runTask } from '../../child.ts';
import { sdkStreams } from '../../contenders/s3/streams.ts';
import { endless } from '../../content.ts';
import type { Race } from '../../results.ts';
import { eachInTurn, Tally } from '../../rounds.ts';
import { onServer } from '../../s3-server.ts';
import type { S3Settings } from '../../s3-settings.ts';
import { sizeText } from '../../settings.ts';
import { atLeast, timesAsFast } from '../../targets.ts';

const delayMs = 50;
const bytesPerSecond = 20_000_000;
const prefix = 'artifacts/';
const [verified, plain] = ['artifacts', 'GetObject'] as const;

/** A large download over a network that is far away and slow. */
export const slowOnS3: Suite<S3Settings> = {
  name: 'slow',
  run: ({ rounds, slowBytes, streamBytes }, scratch) =>
    onServer(scratch, async (server) => {
      const id = 'large';
      await runTask('uploadEndless', { place: { server, prefix }, id, bytes: slowBytes });
      const { putStream, close } = sdkStreams(server);
      await putStream(id, endless(slowBytes));
      await close();
      const proxy = await startS3Proxy({ target: server.endpoint });
      const far = { ...server, endpoint: proxy.endpoint };
      proxy.inject({ fault: 'delay', ms: delayMs });
      proxy.inject({ fault: 'bandwidth', bytesPerSecond });
      const readers = {
        [verified]: () => runTask('downloadWhole', { place: { server: far, prefix }, id, readers: 1 }),
        [plain]: () => runTask('getPlain', { server: far, key: `sdk/${id}`, bytes: slowBytes }),
      };
      const rates = new Tally();
      for (let round = 0; round <= rounds; round += 1) {
        await eachInTurn([verified, plain], round, scratch.root, async (name) => {
          const { rate } = await readers[name]();
          rates.add(name, round, rate);
        });
      }
      await proxy.close();
      const race: Race = {
        title: `${sizeText(slowBytes)}, download from afar`,
        unit: 'MiB/s',
        baseline: plain,
        lanes: [
          { name: verified, does: 'reads several parts at once, verifies', rounds: rates.of(verified) },
          { name: plain, does: 'one stream, nothing checked', rounds: rates.of(plain) },
        ],
      };
      const smaller =
        slowBytes < streamBytes
          ? ` The object has ${sizeText(slowBytes)} and not ${sizeText(streamBytes)}, to keep the run short.`
          : '';
      return {
        name: 'slow',
        title: 'A slow network',
        about: [
          `A proxy in front of ${server.name} lets every request arrive ${delayMs} ms later, and bodies pass at ${bytesPerSecond / 1e6} MB/s on each connection. Each download in a process of its own, after a small one.${smaller}`,
        ],
        races: [race],
        tables: [],
        targets: [atLeast(`${race.title} against a single GetObject`, timesAsFast(race, verified, plain), 2, 'x')],
      };
    }),
};
