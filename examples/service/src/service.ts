import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { healthHandler, type ArtifactStore, type HealthHandlerOptions } from '@artifacts/core';

import { answerError, HttpError, isOurs } from './answer.ts';
import type { Authorize, RequestContext } from './authorize.ts';
import { linger } from './linger.ts';
import { routeOf } from './route.ts';
import type { Users } from './users.ts';

/** Answers a request and gives `true`, or leaves it to the next. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface ServiceOptions {
  /** Closed with the service. */
  readonly store: ArtifactStore;
  readonly users: Users;
  readonly authorize: Authorize;
  /** Asked before everything but the probes, such as one for metrics. */
  readonly handlers?: readonly Handler[] | undefined;
  readonly health?: Omit<HealthHandlerOptions, 'accepting'> | undefined;
  /** How long `/readyz` says no before connections are refused, so that no request is sent here any more, in milliseconds; by default 0. */
  readonly delayMs?: number | undefined;
  /** How long a connection may be silent in the middle of a request, in milliseconds; longer than the store's `idleTimeoutMs`, by default 120,000. */
  readonly idleMs?: number | undefined;
  /** How long requests under way may take once it closes, in milliseconds; by default 10,000. */
  readonly drainMs?: number | undefined;
  /** Waits for `delayMs`; by default with a timer. */
  readonly wait?: ((ms: number) => Promise<void>) | undefined;
  /** That of the store, in milliseconds since the epoch; by default the machine's clock. */
  readonly now?: (() => number) | undefined;
  /** Is told what failed, other than by a client's fault. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** The store over HTTP, from `listen` to `close`. */
export class ArtifactService {
  readonly #options: ServiceOptions;
  readonly #server: Server;
  readonly #handlers: readonly Handler[];
  readonly #underWay = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  #closing: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    const accepting = () => this.#closing === undefined;
    this.#handlers = [healthHandler(options.store, { ...options.health, accepting }), ...(options.handlers ?? [])];
    const listener = (request: IncomingMessage, response: ServerResponse) => this.#begin(request, response);
    // An upload may take as long as it takes, while bytes arrive.
    this.#server = createServer({ requestTimeout: 0 }, listener);
    this.#server.timeout = options.idleMs ?? 120_000;
    // What is refused is refused before its body is sent.
    this.#server.on('checkContinue', listener);
  }

  /** Gives the port, which the system chooses for 0. */
  async listen(port: number, host: string): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no more requests, lets those under way end within `drainMs`, and closes the store. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { store, delayMs = 0, drainMs = 10_000, wait = (ms) => sleep(ms) } = this.#options;
    // Still answered meanwhile, since balancers go on until a probe told them.
    if (delayMs > 0) await wait(delayMs);
    const late = setTimeout(() => {
      this.#server.closeAllConnections();
      this.#ending.abort(new Error('the service ends'));
    }, drainMs);
    await new Promise<void>((closed) => void this.#server.close(() => closed()));
    await Promise.all(this.#underWay);
    clearTimeout(late);
    await store.close();
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const answering = this.#answer(request, response).finally(() => this.#underWay.delete(answering));
    this.#underWay.add(answering);
    // A connection that is kept alive for a request that will never come.
    response.once('close', () => {
      if (this.#closing !== undefined) setImmediate(() => this.#server.closeIdleConnections());
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // No request is sent after it on this connection.
    if (this.#closing !== undefined) response.setHeader('connection', 'close');
    try {
      if (this.#handlers.some((handler) => handler(request, response))) return;
      await this.#serve(request, response);
    } catch (error) {
      if (isOurs(error) && error !== this.#ending.signal.reason) this.#options.onError?.(error);
      if (response.headersSent) response.destroy();
      else answerError(response, error);
    }
    linger(request);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { store, users, authorize, now = Date.now } = this.#options;
    const { operation, id, query, handle } = routeOf(request.method ?? '', request.url ?? '');
    const context: RequestContext = { user: users.of(request), address: request.socket.remoteAddress };
    if (!(await authorize(context, operation, id))) {
      if (context.user !== undefined) throw new HttpError(403, 'FORBIDDEN');
      throw new HttpError(401, 'UNAUTHORIZED', { 'www-authenticate': 'Bearer' });
    }
    await handle({ store, request, response, context, id, query, now, signal: this.#ending.signal });
  }
}
