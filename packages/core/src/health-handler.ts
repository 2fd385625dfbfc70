import { maxTimerMs, quietly } from './abort.ts';
import { invalidArgument } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { requireHealth } from './health.ts';
import { HealthWatch } from './health-watch.ts';
import { ArtifactReader } from './reader.ts';

export interface HealthHandlerOptions {
  /** How long what a check found stands, in milliseconds; by default 5,000. */
  readonly cacheMs?: number | undefined;
  /** The longest a check may take, in milliseconds; by default 5,000. A second later whoever still waits is told 503. */
  readonly timeoutMs?: number | undefined;
  /** Whether checks write, too, as those of {@link ArtifactStore.healthCheck} do. */
  readonly deep?: boolean | undefined;
  /** Asked each time. While it gives `false`, as in a shutdown, `/readyz` is 503 and nothing is checked. */
  readonly accepting?: (() => boolean) | undefined;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonic?: (() => number) | undefined;
}

/** What is needed of a request of `node:http`, or of anything like it. */
export interface HealthRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** What is needed of a response of `node:http`. */
export interface HealthResponse {
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body?: string): unknown;
}

/** Answers a probe and gives `true`, or gives `false` and leaves the request alone. */
export type HealthHandler = (request: HealthRequest, response: HealthResponse) => boolean;

/**
 * Answers the probes of an orchestrator. `/livez` is 200 as long as the process answers, whatever the storage does: to start it anew
 * would repair no storage. `/readyz` is 200 when every store is healthy, else 503. With `?verbose` it tells in JSON what was looked at,
 * with codes and without messages.
 *
 * However many ask, one check runs at a time and its result stands for `cacheMs`, so that probes cannot overload a store.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function healthHandler(
  stores: ArtifactReader<unknown> | readonly ArtifactReader<unknown>[],
  options: HealthHandlerOptions = {},
): HealthHandler {
  const all = [stores].flat();
  const {
    cacheMs = 5000,
    timeoutMs = 5000,
    deep,
    accepting = () => true,
    monotonic = () => performance.now(),
  } = options;
  requireField('cacheMs', cacheMs, problemOfInteger(cacheMs, 0));
  requireField('timeoutMs', timeoutMs, problemOfInteger(timeoutMs, 1, maxTimerMs));
  if (all.length === 0) throw invalidArgument('stores', 'there is no store to look at: give one or more');
  for (const store of all) {
    const session = ArtifactReader.sessionOf(store);
    if (session === undefined)
      throw invalidArgument('stores', 'one of them is no store of this copy of @artifacts/core');
    requireHealth({ deep }, session.environment);
  }
  const watch = new HealthWatch(all, { deep, timeoutMs }, cacheMs, monotonic);

  return ({ method, url = '' }, response) => {
    const [path, query] = url.split('?', 2);
    if (path !== '/livez' && path !== '/readyz') return false;
    const headOnly = method === 'HEAD';
    const send = (status: number, type: string, body: string, headers: Record<string, string> = {}) => {
      const length = Buffer.byteLength(body);
      response.writeHead(status, {
        'content-type': type,
        'content-length': length,
        'cache-control': 'no-store',
        ...headers,
      });
      response.end(headOnly ? undefined : body);
    };
    const tell = (ok: boolean, report: object) => {
      if (!/(?:^|&)verbose(?:[=&]|$)/.test(query ?? ''))
        send(ok ? 200 : 503, 'text/plain', ok ? 'ok\n' : 'unavailable\n');
      else send(ok ? 200 : 503, 'application/json', `${JSON.stringify(report)}\n`);
    };
    if (method !== 'GET' && !headOnly) send(405, 'text/plain', 'method not allowed\n', { allow: 'GET, HEAD' });
    else if (path === '/livez') tell(true, { ok: true });
    else if (!accepting()) tell(false, { ok: false, accepting: false });
    // Somebody else may have answered it meanwhile.
    else
      quietly(async () => {
        const report = await watch.report();
        tell(report.ok, report);
      });
    return true;
  };
}
