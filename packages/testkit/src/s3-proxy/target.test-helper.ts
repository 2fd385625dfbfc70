import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { onTestFinished } from 'vitest';

import { type S3Proxy, startS3Proxy } from './proxy.ts';

/** A server that keeps what it was asked. */
export interface Target {
  readonly endpoint: string;
  readonly requests: { readonly line: string; readonly rawHeaders: readonly string[]; readonly body: string }[];
  /** The connections that were made to it. */
  readonly connections: readonly Socket[];
}

type Respond = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts a server that answers when it has the whole request. It ends with the test. */
export async function startTarget(respond: Respond = (response) => response.end('the answer')): Promise<Target> {
  const requests: Target['requests'] = [];
  const connections: Socket[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, rawHeaders } = request;
      requests.push({ line: `${method} ${url}`, rawHeaders, body: Buffer.concat(chunks).toString() });
      respond(response, request);
    });
  });
  server.on('connection', (socket: Socket) => connections.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, requests, connections };
}

/** Starts a proxy that ends with the test. */
export async function proxyOf(target: string, secretAccessKey?: string): Promise<S3Proxy> {
  const proxy = await startS3Proxy({ target, secretAccessKey });
  onTestFinished(() => proxy.close());
  return proxy;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  /** The code of the error that ended the body early. */
  readonly failure: string | undefined;
  /** Whether the server asked for the body before it answered. */
  readonly continued: boolean;
}

export interface Asked {
  readonly method?: string | undefined;
  readonly headers?: Record<string, string | string[]> | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly agent?: Agent | undefined;
}

/** The whole answer. Rejects when the head of the answer does not come. */
export async function ask(url: string, { method = 'GET', headers = {}, body, agent }: Asked = {}): Promise<Answer> {
  const { request, answered } = begin(url, { method, headers, agent });
  let continued = false;
  if ('expect' in headers) {
    request.once('continue', () => {
      continued = true;
      request.end(body);
    });
  } else request.end(body);
  const answer = await answered;
  const chunks: Buffer[] = [];
  let failure: string | undefined;
  try {
    for await (const chunk of answer) chunks.push(chunk as Buffer);
  } catch (error) {
    failure = (error as NodeJS.ErrnoException).code;
  }
  request.destroy();
  const { statusCode: status = 0, headers: found, rawHeaders } = answer;
  return { status, headers: found, rawHeaders, body: Buffer.concat(chunks), failure, continued };
}

/** A request whose body is still to be sent, and the head of its answer. */
export function begin(url: string, { method = 'GET', headers = {}, agent }: Asked = {}) {
  const request = httpRequest(url, { method, headers, agent: agent ?? new Agent() });
  const answered = once(request, 'response').then(([answer]) => answer as IncomingMessage);
  return { request, answered };
}

/** An agent that keeps one connection, and closes it with the test. */
export function oneConnection(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  return agent;
}
