import { ArtifactError } from '@artifacts/core';

/** An S3 server for tests. Whatever is in its bucket may be lost. */
export interface S3TestServer {
  /** What it is, for the titles of tests: `ceph 20.2.4`. */
  readonly name: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  /** May not exist yet where the server is not one of ours. */
  readonly bucket: string;
  /** How large all parts of an upload but the last have to be: 5 MiB, as S3 has it, unless the server takes smaller ones. */
  readonly smallestPartBytes?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'ARTIFACTS_TEST_S3_';

/**
 * The servers that S3 tests are to run on: the one that `ARTIFACTS_TEST_S3_ENDPOINT` names, or those that the test run has
 * started; none where there are none. The endpoint needs `ARTIFACTS_TEST_S3_ACCESS_KEY_ID` and
 * `ARTIFACTS_TEST_S3_SECRET_ACCESS_KEY` beside it; `ARTIFACTS_TEST_S3_REGION` is `us-east-1` by default, and
 * `ARTIFACTS_TEST_S3_BUCKET` is `artifacts-test`.
 *
 * @throws `CONFIGURATION` with the variable as its field when one is missing or no URL
 */
export function s3TestServers(env: Environment = process.env): readonly S3TestServer[] {
  const endpoint = env[`${prefix}ENDPOINT`];
  if (endpoint === undefined) return startedServers(env);
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ''))
    throw refused('ENDPOINT', 'is no http or https URL');
  return [
    {
      name: `${prefix}ENDPOINT`,
      endpoint,
      accessKeyId: required(env, 'ACCESS_KEY_ID'),
      secretAccessKey: required(env, 'SECRET_ACCESS_KEY'),
      region: env[`${prefix}REGION`] ?? 'us-east-1',
      bucket: env[`${prefix}BUCKET`] ?? 'artifacts-test',
    },
  ];
}

/** A list that our own scripts have written. */
function startedServers(env: Environment): readonly S3TestServer[] {
  const list = env[`${prefix}SERVERS`];
  return list === undefined ? [] : (JSON.parse(list) as readonly S3TestServer[]);
}

function required(env: Environment, name: string): string {
  const value = env[`${prefix}${name}`];
  if (value === undefined || value === '') throw refused(name, `is missing beside ${prefix}ENDPOINT: set it`);
  return value;
}

function refused(name: string, problem: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', `${prefix}${name} ${problem}`, { field: `${prefix}${name}` });
}
