import { Agent, buildConnector, type Dispatcher } from 'undici';

import { S3Failure } from './s3-failure.ts';
import type { Settings } from './settings.ts';

const maxConnections = 128;

/** The connections of one backend, kept between requests. One on which nothing moves, either way, for the idle timeout ends. */
export function connectionsOf({ connectTimeoutMs, idleTimeoutMs }: Settings): Dispatcher {
  const connect = buildConnector({ timeout: connectTimeoutMs });
  return new Agent({
    connections: maxConnections,
    // They would end a large body that is sent slowly but steadily.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(options, callback) {
      connect(options, (...[error, socket]) => {
        if (error !== null) {
          callback(error, null);
          return;
        }
        socket.setTimeout(idleTimeoutMs, () => socket.destroy(new S3Failure('TimeoutError')));
        callback(null, socket);
      });
    },
  });
}
