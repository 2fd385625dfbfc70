import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';

const channel = 'http.client.response.finish';

/** How many answers came with a body from this port while the work went on. */
export async function bodiesFrom(port: number, work: () => Promise<unknown>): Promise<number> {
  let bodies = 0;
  const look = (message: unknown): void => {
    // As node documents it.
    const { request, response } = message as { readonly request: ClientRequest; readonly response: IncomingMessage };
    if (request.socket?.remotePort !== port || response.statusCode === 204 || response.statusCode === 304) return;
    if (response.headers['content-length'] !== '0') bodies += 1;
  };
  subscribe(channel, look);
  try {
    await work();
  } finally {
    unsubscribe(channel, look);
  }
  return bodies;
}
