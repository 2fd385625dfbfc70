import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import type { Contender } from './contender.ts';

/** One way of keeping small objects on an S3 server, used as its documentation says is best. */
interface S3Contender extends Pick<Contender, 'name' | 'upload' | 'download' | 'put' | 'get'> {
  /** Closes what connections it has. */
  readonly close: () => Promise<void> | void;
}

/** Opens a contender whose keys all begin with a prefix of its own. */
export interface S3Entry {
  readonly name: string;
  readonly open: (server: S3TestServer, prefix: string) => S3Contender;
}
