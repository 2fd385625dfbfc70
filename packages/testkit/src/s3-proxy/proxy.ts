import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { ArtifactError } from '@artifacts/core';

import { Exchange } from './exchange.ts';
import { Pace } from './pace.ts';
import { noRequests, type S3RequestCounts, withRequest } from './request-counts.ts';
import { FaultRules, type InjectedFault, type S3FaultRule } from './rules.ts';
import { s3Request } from './s3-request.ts';

export interface S3ProxyOptions {
  /** The server behind the proxy, such as `http://127.0.0.1:7480`: http, without a path. */
  readonly target: string;
  /** With it a request that lost a header (`dropRequestHeaders`) is signed again; without it the server would refuse its signature. */
  readonly secretAccessKey?: string | undefined;
}

/** A proxy in front of an S3 server. */
export interface S3Proxy {
  /** What clients are pointed at, in place of the server. */
  readonly endpoint: string;
  /** A snapshot: it does not change when more requests come. */
  readonly requests: S3RequestCounts;
  /**
   * Puts a fault to work. Rules do not replace each other: a request has the faults of all that match it.
   *
   * @throws `INVALID_ARGUMENT` with the member of the rule as its field that could not be carried out
   */
  inject(rule: S3FaultRule): InjectedFault;
  /** Removes every rule, and counts from zero again. A request that is in progress keeps its faults. */
  clear(): void;
  /** Resets what is in progress. When it resolves no socket of the proxy is left. */
  close(): Promise<void>;
}

/**
 * Starts a proxy on loopback that counts requests and injects faults. Requests pass as they are, with the client's own `Host`, so that
 * their signatures hold; the server must take them under that name, and clients must name the bucket in the path.
 *
 * @throws `INVALID_ARGUMENT` with the field `target` when it is no http URL without a path
 */
export async function startS3Proxy({ target, secretAccessKey }: S3ProxyOptions): Promise<S3Proxy> {
  const proxy = new RunningProxy(targetUrl(target), secretAccessKey);
  await proxy.start();
  return proxy;
}

function targetUrl(target: string): URL {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url?.protocol === 'http:' && url.pathname === '/' && url.username === '' && url.search === '') return url;
  throw new ArtifactError('INVALID_ARGUMENT', 'target is not the http URL of a server: give http://host:port', {
    field: 'target',
  });
}

/** The server's side of one connection of a client: as many connections as it has, and no more sharing than it does. */
interface Connection {
  readonly agent: Agent;
  readonly pace: Pace;
}

class RunningProxy implements S3Proxy {
  readonly #target: URL;
  readonly #secretAccessKey: string | undefined;
  readonly #server: Server;
  readonly #connections = new Map<Socket, Connection>();
  readonly #rules = new FaultRules();
  #counts = noRequests;
  #endpoint = '';

  constructor(target: URL, secretAccessKey: string | undefined) {
    this.#target = target;
    this.#secretAccessKey = secretAccessKey;
    // The server and the client decide how long a connection is idle and a request takes.
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 });
    this.#server.on('connection', (socket) => this.#connect(socket));
    const pass = (request: IncomingMessage, response: ServerResponse) => void this.#pass(request, response);
    this.#server.on('request', pass).on('checkContinue', pass);
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  get requests(): S3RequestCounts {
    return this.#counts;
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  inject(rule: S3FaultRule): InjectedFault {
    return this.#rules.add(rule);
  }

  clear(): void {
    this.#rules.clear();
    this.#counts = noRequests;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#connections.keys()) socket.resetAndDestroy();
    await closed;
  }

  #connect(socket: Socket): void {
    const agent = new Agent({ keepAlive: true });
    this.#connections.set(socket, { agent, pace: new Pace() });
    socket.once('close', () => {
      agent.destroy();
      this.#connections.delete(socket);
    });
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket);
    if (connection === undefined) return;
    const described = s3Request(request.method ?? '', request.url ?? '', request.rawHeaders);
    this.#counts = withRequest(this.#counts, described);
    await new Exchange(request, response, {
      target: this.#target,
      secretAccessKey: this.#secretAccessKey,
      faults: this.#rules.faultsOf(described),
      ...connection,
    }).run();
  }
}
