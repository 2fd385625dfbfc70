import type { Rule } from '../rule.ts';
import { assertSameBytes, content, MiB } from '../support/content.ts';
import { assertHolds, collect, find } from '../support/expect.ts';

/** Whose memory it is: the caller's again once a write resolved or the next chunk was asked for. */
export const ownershipRules: readonly Rule[] = [
  {
    title: 'the caller may change its bytes once the write resolved',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      for (const bytes of [content(100_000), Buffer.from(content(100_000))]) {
        await backend.write('mine', bytes);
        bytes.fill(0);
        await assertHolds(backend, 'mine', content(100_000));
      }
    },
  },
  {
    title: 'a stream may fill the same buffer again for every chunk',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const bytes = content(6 * MiB + 77);
      for (const buffer of [new Uint8Array(100_003), Buffer.alloc(65_536), Buffer.alloc(3 * MiB)]) {
        await backend.write('reused', refilling(buffer, bytes));
        await assertHolds(backend, 'reused', bytes);
      }
    },
  },
  {
    title: 'a view into a larger buffer is stored without its surroundings',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const whole = content(300_000);
      const view = whole.subarray(1234, 201_234);
      await backend.write('view', view);
      await assertHolds(backend, 'view', content(300_000).subarray(1234, 201_234));
      await backend.write('view', views(whole));
      await assertHolds(backend, 'view', whole);
    },
  },
  {
    title: 'what a reader does to the bytes it got changes nothing that is stored',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const bytes = content(200_000);
      await backend.write('at-once', bytes);
      await backend.write('stream', views(bytes));
      for (const key of ['at-once', 'stream']) {
        for (const options of [{}, { range: { start: 100, end: 150_000 } }]) {
          const { body } = await find(backend, key, options);
          for await (const chunk of body) chunk.fill(0);
          await assertHolds(backend, key, bytes);
        }
      }
    },
  },
  {
    title: 'a chunk that was read keeps its bytes while reading goes on',
    guarantee: 'I-1',
    async run(harness) {
      const backend = await harness.open();
      const bytes = content(5 * MiB);
      await backend.write('kept', bytes);
      const { body } = await find(backend, 'kept');
      // `collect` joins the chunks only after the last one came.
      assertSameBytes(await collect(body), bytes);
    },
  },
];

async function* refilling(buffer: Uint8Array, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += buffer.length) {
    const part = bytes.subarray(start, start + buffer.length);
    buffer.set(part);
    yield buffer.subarray(0, part.length);
  }
  buffer.fill(0);
}

async function* views(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < whole.length; start += 50_001) yield whole.subarray(start, start + 50_001);
}
