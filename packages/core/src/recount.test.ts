import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { Clock, content, open, refusal, second } from './store.test-helper.ts';

const quota = { maxBytes: 10_000 };
/** Takes as long as other work does, so that those who wait let others go on. */
const breathing = { sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)) };

/** Artifacts that are listed as `m/10`, `m/11` and so on, each of ten bytes. */
async function filled(count: number, clock: Clock) {
  const inner = memoryBackend({ now: () => clock.wall });
  const { store } = open({ backend: inner, clock, quota, ...breathing });
  for (let i = 0; i < count; i += 1) {
    await store.upload(`m/${i + 10}`, content(10));
    clock.advance(2 * second);
  }
  return inner;
}

test('a recount that stood still until somebody else had counted ends, and changes nothing', async () => {
  const clock = new Clock();
  const inner = await filled(40, clock);
  const { store: other } = open({ backend: inner, clock, quota, ...breathing });
  let stands = true;
  const { backend } = watched(inner, async (_, call, key) => {
    if (!stands || call !== 'read' || key !== 'records/m/15') return;
    stands = false;
    clock.advance(130 * second);
    await other.recount();
    await other.upload('a', content(500));
  });

  const error = await refusal(open({ backend, clock, quota, ...breathing }).store.recount());

  expect(error).toMatchObject({ code: 'SUPERSEDED', retryable: true });
  expect(await other.usage()).toEqual({ bytes: 900, count: 41, from: 'ledger' });
});

test('a recount that takes long renews what it said, and nobody else begins one', async () => {
  const clock = new Clock();
  const inner = await filled(40, clock);
  const { store: other } = open({ backend: inner, clock, quota, ...breathing });
  let waiting: Promise<unknown> = Promise.resolve();
  const { backend, calls } = watched(inner, (_, call, key) => {
    if (call !== 'read' || !/^records\/m\/(15|35)$/.test(key)) return;
    clock.advance(100 * second);
    if (key === 'records/m/35') waiting = other.upload('a', content(500));
  });

  const counted = await open({ backend, clock, quota, ...breathing }).store.recount();

  expect(counted).toEqual({ bytes: 400, count: 40, drift: { bytes: 0, count: 0 }, invalid: 0 });
  await waiting;
  expect(calls.filter(({ call }) => call === 'list').length).toBe(1);
  expect(await other.usage()).toEqual({ bytes: 900, count: 41, from: 'ledger' });
});

test('of any number of uploads that need the room of a process that crashed, one counts', async () => {
  const clock = new Clock();
  const inner = memoryBackend({ now: () => clock.wall });
  const never = (ms: number) => new Promise<void>((resolve) => void (ms !== 1000 && setImmediate(resolve)));
  const { store: crashed } = open({ backend: inner, clock, quota, sleep: never });
  for (const id of ['first', 'second']) await crashed.upload(id, content(100));
  clock.advance(141 * second);
  const { backend, calls } = watched(inner);
  const { store } = open({ backend, clock, quota, ...breathing });

  await Promise.all(Array.from({ length: 20 }, (_, i) => store.upload(`a/${i}`, content(490))));

  expect(calls.filter(({ call }) => call === 'list').length).toBe(1);
  expect(await store.usage()).toEqual({ bytes: 10_000, count: 22, from: 'ledger' });
});
