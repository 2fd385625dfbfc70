import type { Dispatcher } from 'undici';

/** What comes before a body. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Takes a chunk of a body. Says whether more is wanted. */
export type Take = (chunk: Uint8Array) => boolean;

/**
 * Sends a request and gives its answer to `receive`, which says who takes the body, if anybody does. Resolves when the body
 * has ended, or no more of it is wanted. Nothing is held by then, except for a connection that can be used again.
 *
 * @throws what the connection failed with, what `receive` threw, or the reason of `signal`
 */
export function exchange(
  connections: Dispatcher,
  request: Dispatcher.DispatchOptions,
  signal: AbortSignal | undefined,
  receive: (head: AnswerHead) => Take | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let take: Take | undefined;
    let over: Error | undefined;
    const settle = (end: Error, outcome: () => void): void => {
      if (over !== undefined) return;
      over = end;
      signal?.removeEventListener('abort', onAbort);
      outcome();
      controller?.abort(end);
    };
    const fail = (error: unknown): void => settle(left, () => reject(error));
    const onAbort = (): void => fail(signal?.reason);
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    connections.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        // It may have waited for a connection longer than anybody for it.
        if (over !== undefined) started.abort(over);
      },
      onResponseStart(_, status, headers) {
        if (status < 200 || over !== undefined) return;
        try {
          take = receive({ status, headers: single(headers) });
        } catch (error) {
          fail(error);
          return;
        }
        if (take === undefined) settle(left, resolve);
      },
      onResponseData(_, chunk) {
        if (over === undefined && take?.(chunk) === false) settle(left, resolve);
      },
      onResponseEnd() {
        controller = undefined;
        settle(left, resolve);
      },
      onResponseError(_, error) {
        controller = undefined;
        fail(error);
      },
    });
  });
}

/** Why an exchange ends whose answer nobody waits for any more. */
const left = new Error('no more of the answer is wanted');

function single(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return result;
}
