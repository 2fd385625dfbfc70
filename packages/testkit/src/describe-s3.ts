import { describe, test } from 'vitest';

import { type S3TestServer, s3TestServers } from './s3-servers.ts';

/**
 * Registers `tests` once for each server of `s3TestServers`. Where there is none, one test says so and is shown as
 * skipped.
 */
export function describeS3(name: string, tests: (server: S3TestServer) => void): void {
  const servers = s3TestServers();
  for (const server of servers) {
    describe(`${name} on ${server.name}`, () => {
      tests(server);
    });
  }
  if (servers.length === 0) sayThatThereIsNone(name);
}

function sayThatThereIsNone(name: string): void {
  test(name, ({ skip }) => {
    skip('no S3 server: start one with npm run s3 -- start, and set the variables that it prints');
  });
}
