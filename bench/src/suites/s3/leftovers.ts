import type { Suite } from '../../bench.ts';
import { runTask } from '../../child.ts';
import { onServer } from '../../s3-server.ts';
import type { S3Settings } from '../../s3-settings.ts';
import { mebibyte } from '../../settings.ts';
import { atMost, exactly } from '../../targets.ts';

/** What stays of downloads that nobody reads, and of very many operations on one signal. */
export const leftoversOnS3: Suite<S3Settings> = {
  name: 'leftovers',
  run: ({ unread, atOnce, operations, callers }, scratch) =>
    onServer(scratch, async (server) => {
      const { before, opened, dropped, another } = await runTask('leaveUnread', {
        place: { server, prefix: 'unread/' },
        count: unread,
        atOnce,
      });
      const signal = await runTask('oneSignal', { place: { server, prefix: 'signal/' }, operations, callers });
      const downloads = `${unread.toLocaleString('en')} downloads`;
      const total = `${(operations.at(-1) ?? 0).toLocaleString('en')} operations`;
      return {
        name: 'leftovers',
        title: 'What stays behind',
        about: [
          `On ${server.name}, each in a process of its own. ${downloads} are opened, ${atOnce} at a time, of a small and of a large artifact (1 KiB and 2 MiB) in turn, none is read, and all are dropped; then the large one is downloaded.`,
          `${total} on one \`AbortSignal\` that never aborts, by ${callers} callers: of 200 in turn 25 each are getMetadata, a small upload, a download that is read, and a listing, and 100 are those of one uploadMany.`,
          'Connections that are kept for the next request count as descriptors.',
        ],
        races: [],
        tables: [
          {
            title: `${downloads}, opened and never read`,
            columns: ['what', 'before', 'all open', 'all dropped'],
            rows: [
              ['file descriptors of the process', before.descriptors, opened.descriptors, dropped.descriptors],
              ['heap, MiB', before.heapMiB, opened.heapMiB, dropped.heapMiB],
              ['end events of downloads', before.ended, opened.ended, dropped.ended],
            ],
          },
          {
            title: `${total} on one signal`,
            columns: ['what', 'value', 'unit'],
            rows: [
              ['listeners before', signal.listenersBefore, 'listeners'],
              ['listeners at most', signal.listenersAtMost, 'listeners'],
              ['listeners after', signal.listenersAfter, 'listeners'],
              ...signal.after.map(({ heapMiB }, index) => [
                `heap after ${(operations[index] ?? 0).toLocaleString('en')}`,
                heapMiB,
                'MiB',
              ]),
            ],
          },
        ],
        targets: [
          exactly(`one more download after ${downloads} dropped unread`, another, 2 * mebibyte, 'bytes'),
          exactly('end events, all dropped', dropped.ended, unread, 'events'),
          exactly(`listeners after ${total}`, signal.listenersAfter, signal.listenersBefore, 'listeners'),
          atMost('listeners at once, one for each operation under way', signal.listenersAtMost, callers, 'listeners'),
        ],
      };
    }),
};
