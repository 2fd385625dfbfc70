import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import { repository } from './results.ts';
import type { Scratch } from './scratch.ts';

/** Always the same, so that two benchmarks do not run at once and disturb each other: the second finds it taken. */
const port = 7800;

/** What is used of the scripts that start servers for the tests. */
interface Servers {
  readonly startServer: (options: {
    readonly suite: 'current';
    readonly folder: string;
    readonly port: number;
    readonly mortal: boolean;
  }) => Promise<S3TestServer>;
  readonly stopServer: (folder: string) => void;
}

interface Ports {
  readonly isFree: (port: number) => Promise<boolean>;
}

interface Folders {
  readonly readState: (folder: string) => { readonly daemons: readonly { readonly pid: number }[] };
}

/** Runs the work with an empty S3 server of its own, on loopback and in memory. It ends with this process, however that ends. */
export async function onServer<T>(scratch: Scratch, work: (server: S3TestServer) => Promise<T>): Promise<T> {
  const { startServer, stopServer } = await script<Servers>('server.mjs');
  const { isFree } = await script<Ports>('ports.mjs');
  const { readState } = await script<Folders>('server-folder.mjs');
  const folder = join(scratch.root, 's3');
  // The server of the suite before may still be letting go of it.
  for (let tries = 0; tries < 50 && !(await isFree(port)); tries += 1) await wait(100);
  const server = await startServer({ suite: 'current', folder, port, mortal: true });
  try {
    return await work(server);
  } finally {
    const { daemons } = readState(folder);
    stopServer(folder);
    // A dead process gives its memory back for a while before its parent is told, and only then its processor time counts as ours.
    while (daemons.some(({ pid }) => existsSync(`/proc/${pid}`))) await wait(10);
  }
}

async function script<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(join(repository, 'scripts', 's3', name)).href)) as T;
}
