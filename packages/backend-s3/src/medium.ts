import { S3Client } from '@aws-sdk/client-s3';
import { UndiciHttpHandler } from '@smithy/undici-http-handler';
import type { Dispatcher } from 'undici';

import { pause } from './abort.ts';
import { connectionsOf } from './connections.ts';
import { directRequests } from './direct-requests.ts';
import { commandRequests, type ObjectRequests } from './object-requests.ts';
import type { S3BackendOptions, S3ConnectionOptions } from './options.ts';
import { usualPartBytes } from './part-plan.ts';
import { type Environment, refused, type Settings, settingsOf } from './settings.ts';
import { keepSigners } from './signers.ts';

/** Where a backend's objects are, and what it uses to get there. */
export interface Medium {
  readonly settings: Settings;
  readonly client: S3Client;
  /** How objects come and go. */
  readonly objects: ObjectRequests;
  /** Ends the client, if it is the backend's own. */
  readonly release: () => void;
  /** What the server was seen to do. */
  readonly seen: {
    /** It says that an object is unchanged, and not since when. */
    bareUnchanged: boolean;
  };
  /** The uploads of this backend that are in progress, by their id. */
  readonly uploads: Set<string>;
  /** How large the parts of an upload are, unless they would be too many. */
  readonly partBytes: number;
  /** Waits before another attempt; rejects with the reason of the signal. */
  readonly pause: typeof pause;
}

/** @throws `CONFIGURATION` naming the option */
export function mediumOf(options: S3BackendOptions, env: Environment): Medium {
  const settings = settingsOf(options, env);
  const state = { seen: { bareUnchanged: false }, uploads: new Set<string>(), partBytes: usualPartBytes, pause };
  if (options.client !== undefined) {
    if (typeof options.client.send !== 'function') throw refused('client', 'must be an S3Client of @aws-sdk/client-s3');
    // Its requests go through whatever the application has put into it.
    const objects = commandRequests(options.client, settings.bucket, settings.idleTimeoutMs);
    return { settings, client: options.client, objects, release: () => undefined, ...state };
  }
  const connections = connectionsOf(settings);
  const client = new S3Client(configuration(options, settings, connections, env));
  keepSigners(client);
  const objects = directRequests(client, connections, settings);
  // The connections and not the client, whose handler would go on with those of the whole process.
  return { settings, client, objects, release: () => void connections.destroy(), ...state };
}

type Configuration = NonNullable<ConstructorParameters<typeof S3Client>[0]>;

function configuration(
  options: S3ConnectionOptions,
  settings: Settings,
  connections: Dispatcher,
  env: Environment,
): Configuration {
  const { behaviour, endpoint, region } = settings;
  const credentials = options.credentials ?? credentialsIn(env);
  const checksums = behaviour.checksums === 'always' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  return {
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint: endpoint.href }),
    // Without one it is AWS for the settings, so one that only the client finds in its files must not count.
    ignoreConfiguredEndpointUrls: true,
    ...(credentials !== undefined && { credentials }),
    ...(env['AWS_PROFILE'] !== undefined && { profile: env['AWS_PROFILE'] }),
    forcePathStyle: behaviour.forcePathStyle,
    requestChecksumCalculation: checksums,
    // Every byte that a store reads is verified against a signed digest, and a range has no checksum anyway.
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Waiting for it costs a round trip, and seconds where the server does not know it.
    expectContinueHeader: false,
    maxAttempts: 1,
    requestHandler: new UndiciHttpHandler({ dispatcher: connections }),
  };
}

/** The environment that was given may not be that of the process, which is the only one the client knows. */
function credentialsIn(env: Environment): S3ConnectionOptions['credentials'] {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId === undefined || accessKeyId === '') return undefined;
  if (secretAccessKey === undefined || secretAccessKey === '')
    throw refused('credentials', 'are incomplete: AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not');
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}
