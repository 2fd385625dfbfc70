import type { ServerResponse } from 'node:http';

import type { FaultOf } from './faults.ts';

/** Gives the answer of the fault, in the form of S3's own. */
export function giveAnswer(response: ServerResponse, { status, code, headers = {} }: FaultOf<'answer'>): void {
  const body = code === undefined ? '' : errorDocument(code);
  const type = code === undefined ? {} : { 'content-type': 'application/xml' };
  // Neither has a body, and a length would promise one.
  const length = status === 204 || status === 304 ? {} : { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { ...type, ...length, ...headers });
  response.end(body);
}

function errorDocument(code: string): string {
  const members = `<Code>${code}</Code><Message>injected by the proxy</Message><RequestId>0</RequestId>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${members}</Error>`;
}
