import { once } from 'node:events';
import { type Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

import { giveAnswer } from './answer.ts';
import { type Body, requestBody, responseBody, Truncated } from './body-faults.ts';
import { allFaults, firstFault, type S3Fault } from './faults.ts';
import { answerHeaders, droppedHeaders, passedOn } from './headers.ts';
import type { Pace } from './pace.ts';
import { signedAgain } from './signature.ts';

/** What an exchange needs besides its request. */
export interface ExchangeOptions {
  readonly target: URL;
  readonly secretAccessKey: string | undefined;
  readonly agent: Agent;
  readonly pace: Pace;
  readonly faults: readonly S3Fault[];
}

/** One request with its answer, on their way through the proxy. */
export class Exchange {
  readonly #request: IncomingMessage;
  /** Kept from the beginning: a request loses sight of its connection when that ends. */
  readonly #socket: Socket;
  readonly #response: ServerResponse;
  readonly #options: ExchangeOptions;
  readonly #over = new AbortController();

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    this.#request = request;
    this.#socket = request.socket;
    this.#response = response;
    this.#options = options;
    response.sendDate = false;
    // The body of a request that was not told to continue never comes, so nothing can follow it on this connection.
    if (request.headers.expect !== undefined) response.shouldKeepAlive = false;
    response.once('close', () => this.#over.abort());
  }

  /** Never rejects: whatever fails, on either side, the client sees as a reset. */
  async run(): Promise<void> {
    try {
      await this.#pass();
    } catch (error) {
      if (error instanceof Truncated) this.#socket.destroySoon();
      else this.#socket.resetAndDestroy();
    }
  }

  async #pass(): Promise<void> {
    const { faults } = this.#options;
    for (const { ms } of allFaults(faults, 'delay')) await delay(ms, undefined, { signal: this.#over.signal });
    const reset = firstFault(faults, 'reset');
    const answer = firstFault(faults, 'answer');
    if (reset?.when === 'before') throw new Error('reset before the server saw the request');
    if (answer !== undefined && answer.when !== 'after') {
      this.#request.resume();
      giveAnswer(this.#response, answer);
      return;
    }
    const found = await this.#ask();
    if (reset === undefined && answer === undefined) {
      await this.#giveBack(found);
      return;
    }
    found.resume();
    await finished(found);
    if (answer === undefined) throw new Error('reset after the server applied the request');
    giveAnswer(this.#response, answer);
  }

  /** Sends the request to the server, and gives its answer when the head of that is there. */
  async #ask(): Promise<IncomingMessage> {
    const { target, secretAccessKey, agent, faults } = this.#options;
    const { method = '', url: path = '', rawHeaders, headers } = this.#request;
    const dropped = droppedHeaders(faults);
    const kept = passedOn(rawHeaders, dropped);
    const isForged = dropped.size > 0 && secretAccessKey !== undefined;
    const upstream = httpRequest({
      host: target.hostname,
      port: target.port,
      method,
      path,
      headers: isForged ? signedAgain(method, path, kept, secretAccessKey) : kept,
      agent,
    });
    // Without a listener a failure after the answer would end the process; before it, `once` rejects.
    upstream.on('error', () => {});
    if (headers.expect !== undefined) {
      upstream.once('continue', () => {
        this.#response.shouldKeepAlive = true;
        this.#response.writeContinue();
      });
    }
    const answered = once(upstream, 'response') as Promise<[IncomingMessage]>;
    send(requestBody(this.#request, this.#passage()), upstream).catch(() => upstream.destroy());
    const [answer] = await answered;
    return answer;
  }

  async #giveBack(answer: IncomingMessage): Promise<void> {
    const { method } = this.#request;
    const { statusCode = 0, statusMessage = '', rawHeaders } = answer;
    const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304;
    const { faults } = this.#options;
    this.#response.writeHead(statusCode, statusMessage, answerHeaders(rawHeaders, faults, hasBody));
    if (hasBody) this.#response.flushHeaders();
    await send(hasBody ? responseBody(answer, this.#passage()) : answer, this.#response);
  }

  #passage() {
    const { faults, pace } = this.#options;
    return { faults, pace, signal: this.#over.signal };
  }
}

/** Reads `body` to its end, at the receiver's speed, even when the receiver is gone: the sender is not to wait for ever. */
async function send(body: Body, receiver: Writable): Promise<void> {
  for await (const chunk of body) {
    if (!receiver.destroyed && !receiver.write(chunk)) await drained(receiver);
  }
  receiver.end();
}

async function drained(receiver: Writable): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      receiver.off('drain', done).off('close', done);
      resolve();
    };
    receiver.on('drain', done).on('close', done);
  });
}
