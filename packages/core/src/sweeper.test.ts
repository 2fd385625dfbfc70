import { expect, test, vi } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { content, day, open, refusalOf } from './store.test-helper.ts';
import type { SweepReport } from './sweep-report.ts';
import { startSweeper, type SweeperOptions } from './sweeper.ts';

/** A wait that ends when the test says so. */
class Waits {
  readonly asked: number[] = [];
  #end: (() => void) | undefined;
  #arrived: (() => void) | undefined;

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      this.asked.push(ms);
      this.#end = resolve;
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      this.#arrived?.();
    });

  /** Ends this wait and resolves when the next one has begun. */
  async pass(): Promise<void> {
    const next = new Promise<void>((resolve) => {
      this.#arrived = resolve;
    });
    this.#end?.();
    await next;
  }
}

test('a sweeper sweeps after each wait, one sweep at a time, until it is stopped', async () => {
  const { store, clock } = open();
  const waits = new Waits();
  const reports: SweepReport[] = [];
  const sweeper = startSweeper(store, {
    every: 60_000,
    jitter: 0,
    wait: waits.wait,
    onReport: (report) => reports.push(report),
  });

  await store.upload('a', content(10), { ttlMs: day });
  expect(reports).toEqual([]);
  await waits.pass();
  clock.advance(3 * day);
  await waits.pass();
  await sweeper.stop();

  expect(waits.asked).toEqual([60_000, 60_000, 60_000]);
  expect(reports.map(({ counts }) => counts.artifacts)).toEqual([0, 1]);
});

test('jitter makes each wait longer or shorter by up to its share', async () => {
  const waits = new Waits();
  const numbers = [0, 0.5, 0.75];
  const sweeper = startSweeper(open().store, {
    every: 1000,
    jitter: 0.5,
    random: () => numbers.shift() ?? 0,
    wait: waits.wait,
  });
  await waits.pass();
  await waits.pass();
  await sweeper.stop();

  expect(waits.asked).toEqual([500, 1000, 1250]);
});

test('a sweep that fails is told, and the next one comes in its turn', async () => {
  const failures: unknown[] = [];
  let broken = true;
  const { backend } = watched(memoryBackend(), () => {
    if (broken) throw new Error('EIO');
  });
  const { store } = open({ backend });
  const waits = new Waits();
  const reports: SweepReport[] = [];
  const sweeper = startSweeper(store, {
    every: 1000,
    wait: waits.wait,
    onError: (error) => void failures.push(error),
    onReport: (report) => reports.push(report),
  });
  await waits.pass();
  broken = false;
  await waits.pass();
  await sweeper.stop();

  expect(failures).toMatchObject([{ code: 'BACKEND' }]);
  expect(reports.length).toBe(1);
});

test('a failure that nobody listens to, and a listener that throws, become warnings', async () => {
  const warnings: string[] = [];
  const spy = vi.spyOn(process, 'emitWarning').mockImplementation((warning) => void warnings.push(String(warning)));
  const waits = new Waits();
  const { backend } = watched(memoryBackend(), () => {
    throw new Error('EIO');
  });
  const failing = startSweeper(open({ backend }).store, { every: 1000, wait: waits.wait });
  await waits.pass();
  await failing.stop();
  const listening = startSweeper(open().store, {
    every: 1000,
    wait: waits.wait,
    onReport: () => {
      throw new Error('no log');
    },
  });
  await waits.pass();
  await listening.stop();
  spy.mockRestore();

  expect(warnings).toEqual([
    'a sweep of the artifact store failed: memory capabilities failed',
    'a sweep of the artifact store failed: no log',
  ]);
});

test('I-25 stopping ends a sweep that is under way, and disposing is stopping', async () => {
  const inner = memoryBackend();
  let reached = (): void => undefined;
  const under = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const { backend } = watched(inner, (_, call) => {
    if (call !== 'list') return undefined;
    reached();
    return new Promise<never>(() => undefined);
  });
  const errors: unknown[] = [];
  const sweeper = startSweeper(open({ backend }).store, {
    every: 1000,
    wait: async () => undefined,
    onError: (error) => void errors.push(error),
  });
  await under;

  await sweeper[Symbol.asyncDispose]();
  await sweeper.stop();

  expect(errors).toEqual([]);
});

test('a sweeper ends by itself when its store was closed', async () => {
  const { store } = open();
  const errors: unknown[] = [];
  await store.close();
  const ended = new Promise<void>((resolve) => {
    startSweeper(store, {
      every: 1000,
      wait: async () => undefined,
      onError: (error) => {
        errors.push(error);
        resolve();
      },
    });
  });
  await ended;
  await new Promise(setImmediate);

  expect(errors).toMatchObject([{ code: 'CONFIGURATION', field: 'store' }]);
});

test.each<[string, Partial<SweeperOptions>]>([
  ['every', { every: 999 }],
  ['every', { every: 2 ** 31 }],
  ['jitter', { jitter: 1.1 }],
  ['jitter', { jitter: Number.NaN }],
  ['onReport', { onReport: 'log' as never }],
  ['onError', { onError: 1 as never }],
  ['limit', { sweep: { limit: 0 } }],
])('a sweeper with the wrong %s is refused: %o', (field, wrong) => {
  expect(refusalOf(() => startSweeper(open().store, { every: 1000, ...wrong }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field,
  });
});
