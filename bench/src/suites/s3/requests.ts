import { startS3Proxy } from '@artifacts/testkit/s3-proxy';

import { eachAtOnce } from '../../at-once.ts';
import type { Suite } from '../../bench.ts';
import { randomBytes } from '../../content.ts';
import { backendAt } from '../../place.ts';
import { bodiesFrom } from '../../response-bodies.ts';
import type { FactTable } from '../../results.ts';
import { onServer } from '../../s3-server.ts';
import type { S3Settings } from '../../s3-settings.ts';
import { openStore } from '../../store.ts';
import { takeAll } from '../../take-all.ts';
import { exactly } from '../../targets.ts';

const hourMs = 60 * 60 * 1000;

/** How many requests each operation takes. */
export const requestsOnS3: Suite<S3Settings> = {
  name: 'requests',
  run: ({ smallBytes, listed, atOnce }, scratch) =>
    onServer(scratch, async (server) => {
      const proxy = await startS3Proxy({ target: server.endpoint });
      const port = Number(new URL(proxy.endpoint).port);
      const backend = backendAt({ server: { ...server, endpoint: proxy.endpoint }, prefix: 'requests/' });
      const open = () => openStore(backend);
      const rows: FactTable['rows'][number][] = [];
      const counted = async (what: string, work: () => Promise<unknown>): Promise<Asked> => {
        proxy.clear();
        const bodies = await bodiesFrom(port, work);
        const { total, byKind } = proxy.requests;
        const { ListObjectsV2: listings = 0 } = byKind;
        rows.push([
          what,
          total,
          Object.entries(byKind)
            .map(([kind, count]) => `${count} ${kind}`)
            .join(', '),
          bodies,
        ]);
        return { total, listings, bodies };
      };

      const content = randomBytes(smallBytes);
      const store = open();
      await counted('first upload to a bucket, which probes it', () => store.upload('first', content));
      const upload = await counted('upload, new', () => store.upload('new', content));
      const expiring = await counted('upload, new, with expiry', () =>
        store.upload('brief', content, { ttlMs: hourMs }),
      );
      await counted('upload over another', () => store.upload('new', content));
      const download = await counted('download, read', async () => (await store.download('new')).bytes());
      const metadata = await counted('getMetadata', () => open().getMetadata('new'));
      await store.getMetadata('new');
      const metadataAgain = await counted('getMetadata, cached and unchanged', () => store.getMetadata('new'));
      await counted('delete', () => store.delete('new'));

      const many = store.namespace('many');
      const ids = Array.from({ length: listed }, (_, index) => `item-${index}`);
      await eachAtOnce(ids, atOnce, async (id) => void (await many.upload(id, content)));
      const items = `listing of ${listed.toLocaleString('en')}`;
      await counted(items, () => takeAll(many.list(), listed));
      const listing = await counted(`${items}, cached and unchanged`, () => takeAll(many.list(), listed));
      await backend.close();
      await proxy.close();
      return {
        name: 'requests',
        title: 'Requests',
        about: [
          `Artifacts of ${smallBytes} bytes on ${server.name}. Requests are counted by a proxy in front of the server.`,
        ],
        races: [],
        tables: [{ title: 'What is asked for', columns: ['what', 'requests', 'kinds', 'answers with a body'], rows }],
        targets: [
          exactly('upload of a new small artifact', upload.total, 1, 'requests'),
          exactly('upload of a new small artifact with expiry', expiring.total, 2, 'requests'),
          exactly('download of a small artifact', download.total, 1, 'requests'),
          exactly('getMetadata', metadata.total, 1, 'requests'),
          exactly('getMetadata, cached and unchanged', metadataAgain.total, 1, 'requests'),
          exactly('getMetadata, cached and unchanged', metadataAgain.bodies, 0, 'answers with a body'),
          exactly(`${items} cached and unchanged, besides listing`, listing.total - listing.listings, 0, 'requests'),
        ],
      };
    }),
};

interface Asked {
  readonly total: number;
  readonly listings: number;
  readonly bodies: number;
}
