import type { ServerResponse } from 'node:http';

import { httpStatus, isArtifactError } from '@artifacts/core';

/** An answer that is known without asking the store. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
    super(code);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function answerJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  const length = String(Buffer.byteLength(text));
  // What is not about one version of one artifact is not to be kept by anybody.
  response.writeHead(status, {
    'cache-control': 'no-store',
    ...headers,
    'content-type': 'application/json',
    'content-length': length,
  });
  response.end(text);
}

/** Answers a failure with its code. Messages are for the log: they name ids, paths and keys. */
export function answerError(response: ServerResponse, error: unknown): void {
  const { status, code, headers } = error instanceof HttpError ? error : describe(error);
  answerJson(response, status, { code }, headers);
}

/** Whether somebody has to look after it: neither the client's fault, nor that it left. */
export function isOurs(error: unknown): boolean {
  if (error instanceof HttpError) return false;
  if (isArtifactError(error)) return httpStatus(error) >= 500;
  return !(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}

function describe(error: unknown): Pick<HttpError, 'status' | 'code' | 'headers'> {
  if (!isArtifactError(error)) return { status: 500, code: 'INTERNAL', headers: {} };
  const status = httpStatus(error);
  const headers: Record<string, string> = {};
  if (status === 416) headers['content-range'] = `bytes */${error.sizeBytes}`;
  if (status === 503) headers['retry-after'] = '1';
  return { status, code: error.code, headers };
}
