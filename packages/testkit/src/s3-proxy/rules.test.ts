import { expect, test } from 'vitest';

import { FaultRules, type S3FaultRule } from './rules.ts';
import { s3Request } from './s3-request.ts';

const put = s3Request('PUT', '/bucket/records/a', ['If-None-Match', '*']);
const get = s3Request('GET', '/bucket/content/b', []);

/** Whether each of the requests, in order, has the fault. */
function hits(rule: Partial<S3FaultRule>, requests = [put, get, put, get]): boolean[] {
  const rules = new FaultRules();
  rules.add({ fault: 'delay', ms: 1, ...rule } as S3FaultRule);
  return requests.map((request) => rules.faultsOf(request).length > 0);
}

test('a rule matches by kind, key and header, and without any of them everything', () => {
  expect(hits({})).toEqual([true, true, true, true]);
  expect(hits({ kind: 'PutObject' })).toEqual([true, false, true, false]);
  expect(hits({ kind: ['HeadObject', 'GetObject'] })).toEqual([false, true, false, true]);
  expect(hits({ key: 'content/b' })).toEqual([false, true, false, true]);
  expect(hits({ key: 'content' })).toEqual([false, false, false, false]);
  expect(hits({ key: /^records\//g })).toEqual([true, false, true, false]);
  expect(hits({ header: 'if-none-match' })).toEqual([true, false, true, false]);
  expect(hits({ header: /^if-/ })).toEqual([true, false, true, false]);
  expect(hits({ kind: 'PutObject', key: 'content/b' })).toEqual([false, false, false, false]);
});

test('nth, every and times count the requests that match', () => {
  expect(hits({ nth: 2 })).toEqual([false, true, true, true]);
  expect(hits({ nth: 2, times: 1 })).toEqual([false, true, false, false]);
  expect(hits({ times: 2 })).toEqual([true, true, false, false]);
  expect(hits({ kind: 'GetObject', nth: 2, times: 1 })).toEqual([false, false, false, true]);
  expect(hits({ every: 2 })).toEqual([true, false, true, false]);
  expect(hits({ nth: 2, every: 2 })).toEqual([false, true, false, true]);
  expect(hits({ every: 2, times: 1 })).toEqual([true, false, false, false]);
});

test('a request has the faults of every rule that matches it, in the order they came', () => {
  const rules = new FaultRules();
  rules.add({ fault: 'delay', ms: 1 });
  rules.add({ fault: 'reset', when: 'before', kind: 'GetObject' });
  rules.add({ fault: 'stall', atByte: 0, kind: 'PutObject' });
  expect(rules.faultsOf(put).map(({ fault }) => fault)).toEqual(['delay', 'stall']);
});

test('what was injected counts its hits and can be removed', () => {
  const rules = new FaultRules();
  const injected = rules.add({ fault: 'delay', ms: 1, kind: 'PutObject', nth: 2 });
  for (const request of [put, get, put, put]) rules.faultsOf(request);
  expect(injected.hits).toBe(2);
  injected.remove();
  expect(rules.faultsOf(put)).toEqual([]);
  expect(injected.hits).toBe(2);
});

test('a rule that could not be carried out is refused', () => {
  const refused: [S3FaultRule, string][] = [
    [{ fault: 'delay', ms: -1 }, 'ms'],
    [{ fault: 'delay', ms: 1.5 }, 'ms'],
    [{ fault: 'delay', ms: 1, nth: 0 }, 'nth'],
    [{ fault: 'delay', ms: 1, times: 0 }, 'times'],
    [{ fault: 'delay', ms: 1, every: 0 }, 'every'],
    [{ fault: 'answer', status: 199 }, 'status'],
    [{ fault: 'answer', status: 1000 }, 'status'],
    [{ fault: 'answer', status: 500, code: '<a>' }, 'code'],
    [{ fault: 'answer', status: 500, headers: { 'a b': '' } }, 'headers'],
    [{ fault: 'changeResponseHeaders', headers: { etag: 'a\n' } }, 'headers'],
    [{ fault: 'truncate', atByte: Number.NaN }, 'atByte'],
    [{ fault: 'stall', atByte: -1 }, 'atByte'],
    [{ fault: 'corrupt', atByte: 0.5 }, 'atByte'],
    [{ fault: 'stall', atByte: 0, of: 'requests' as 'request' }, 'of'],
    [{ fault: 'lengthen', bytes: 0 }, 'bytes'],
    [{ fault: 'trickle', bytes: 1, everyMs: -1 }, 'everyMs'],
    [{ fault: 'trickle', bytes: 0, everyMs: 1 }, 'bytes'],
    [{ fault: 'bandwidth', bytesPerSecond: Number.POSITIVE_INFINITY }, 'bytesPerSecond'],
  ];
  for (const [rule, field] of refused) {
    const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT', field });
    expect(() => new FaultRules().add(rule)).toThrow(refusal);
  }
  expect(hits({ times: Number.POSITIVE_INFINITY })).toEqual([true, true, true, true]);
});
