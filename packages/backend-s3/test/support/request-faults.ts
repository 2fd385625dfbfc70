import type { S3Fault, S3RequestKind } from '@artifacts/testkit/s3-proxy';

/** What a server or a network does to a request. */
export interface RequestFault {
  readonly fault: S3Fault;
  /** Which requests can have it. */
  readonly on: { readonly kind: readonly S3RequestKind[]; readonly header?: RegExp };
  /** Whether it is also shown for good, from each request on. */
  readonly lasts: 'always' | 'unless large' | 'never';
}

const sent: readonly S3RequestKind[] = ['PutObject', 'UploadPart'];
const answered: readonly S3RequestKind[] = [
  'GetObject',
  'ListObjectsV2',
  'CreateMultipartUpload',
  'CompleteMultipartUpload',
];
const every: readonly S3RequestKind[] = [...sent, ...answered, 'HeadObject', 'DeleteObject', 'AbortMultipartUpload'];
const conditional = { kind: ['PutObject'], header: /^if-(?:none-)?match$/ } as const;

const failed = { fault: 'answer', status: 500, code: 'InternalError' } as const;
const failedInside = { fault: 'answer', status: 200, code: 'InternalError' } as const;
const conflict = { fault: 'answer', status: 409, code: 'ConditionalRequestConflict' } as const;
const refusal = { fault: 'answer', status: 412, code: 'PreconditionFailed' } as const;

export const requestFaults: readonly RequestFault[] = [
  { fault: failed, on: { kind: every }, lasts: 'unless large' },
  { fault: { ...failed, when: 'after' }, on: { kind: every }, lasts: 'always' },
  { fault: { fault: 'answer', status: 503, code: 'SlowDown' }, on: { kind: every }, lasts: 'unless large' },
  { fault: { fault: 'reset', when: 'before' }, on: { kind: every }, lasts: 'always' },
  { fault: { fault: 'reset', when: 'after' }, on: { kind: every }, lasts: 'unless large' },
  { fault: { fault: 'truncate', atByte: 10 }, on: { kind: answered }, lasts: 'unless large' },
  { fault: { fault: 'stall', atByte: 10 }, on: { kind: answered }, lasts: 'unless large' },
  { fault: { fault: 'corrupt', of: 'response', atByte: 10 }, on: { kind: answered }, lasts: 'unless large' },
  { fault: { fault: 'lengthen', bytes: 10 }, on: { kind: answered }, lasts: 'unless large' },
  { fault: { fault: 'corrupt', of: 'request' }, on: { kind: sent }, lasts: 'unless large' },
  { fault: failedInside, on: { kind: [...answered, ...sent] }, lasts: 'unless large' },
  { fault: { ...failedInside, when: 'after' }, on: { kind: ['CompleteMultipartUpload'] }, lasts: 'always' },
  { fault: conflict, on: conditional, lasts: 'always' },
  { fault: { ...conflict, when: 'after' }, on: conditional, lasts: 'always' },
  { fault: refusal, on: conditional, lasts: 'always' },
  // As when something on the way sends it twice. Nobody can help whose server always says so.
  { fault: { ...refusal, when: 'after' }, on: conditional, lasts: 'never' },
];
