import { createHash } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';

import { localBackend } from '@artifacts/backend-local';
import { ArtifactStore, generateKey, hmacKeyring, type ArtifactStoreOptions } from '@artifacts/core';
import { onTestFinished } from 'vitest';

import { byRights } from '../src/authorize.ts';
import { ArtifactService, type ServiceOptions } from '../src/service.ts';
import { Users } from '../src/users.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  /** By default the one who may write everything. */
  readonly token?: string | undefined;
}

export interface Served {
  readonly service: ArtifactService;
  readonly store: ArtifactStore;
  readonly port: number;
  readonly errors: unknown[];
  readonly ask: (path: string, how?: Ask) => Promise<Answer>;
  /** Sends what it is given as it is, and gives what comes until the connection ends. */
  readonly raw: (text: string) => Promise<string>;
}

export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A folder that is removed with the test. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-service-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

const users = new Users(`
# name rights digest prefix
writer write ${digestOf('write-token')}
reader read  ${digestOf('read-token')}
team   write ${digestOf('team-token')} team/
`);

/** A service over a directory, until the end of the test. */
export async function serve(
  options: Partial<ServiceOptions> = {},
  storeOptions: Partial<ArtifactStoreOptions> = {},
): Promise<Served> {
  const store = new ArtifactStore({
    backend: storeOptions.backend ?? localBackend({ root: join(await scratch(), 'store') }),
    signing: hmacKeyring({ active: 'k1', keys: { k1: generateKey() } }),
    audience: 'test',
    maxSizeBytes: 8 * 1024 * 1024,
    ...storeOptions,
  });
  const errors: unknown[] = [];
  const service = new ArtifactService({
    store,
    users,
    authorize: byRights,
    drainMs: 1000,
    onError: (error) => void errors.push(error),
    ...options,
  });
  const port = await service.listen(0, '127.0.0.1');
  onTestFinished(() => service.close());
  return { service, store, port, errors, ask: (path, how) => ask(port, path, how), raw: (text) => raw(port, text) };
}

function ask(port: number, path: string, { method = 'GET', headers, body, ...rest }: Ask = {}): Promise<Answer> {
  const token = 'token' in rest ? rest.token : 'write-token';
  return new Promise((resolve, reject) => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const options = { port, path, method, headers: { ...authorization, ...headers }, agent: false } as const;
    const request = httpRequest(options, (response) => {
      buffer(response).then(
        (bytes) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString('latin1') }),
        reject,
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => void socket.write(text));
    let heard = '';
    socket.setEncoding('latin1').on('data', (part) => (heard += String(part)));
    socket.on('close', () => resolve(heard)).on('error', reject);
  });
}
