/** What S3 calls a request; `Other` is what has no name here. */
export type S3RequestKind =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CopyObject'
  | 'CreateBucket'
  | 'CreateMultipartUpload'
  | 'DeleteBucket'
  | 'DeleteObject'
  | 'DeleteObjects'
  | 'GetObject'
  | 'HeadBucket'
  | 'HeadObject'
  | 'ListBuckets'
  | 'ListMultipartUploads'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'Other'
  | 'PutObject'
  | 'UploadPart'
  | 'UploadPartCopy';

/** One request in S3's terms, the bucket in its path. */
export interface S3Request {
  readonly method: string;
  readonly kind: S3RequestKind;
  /** Empty when the request is about no bucket. */
  readonly bucket: string;
  /** Decoded; empty when the request is about no object. */
  readonly key: string;
  /** In lower case. */
  readonly headerNames: readonly string[];
}

export function s3Request(method: string, target: string, rawHeaders: readonly string[]): S3Request {
  const [path = '', query = ''] = target.split('?', 2);
  const [, bucket = '', escaped = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const headerNames = rawHeaders.filter((_item, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const level = bucket === '' ? 'service' : escaped === '' ? 'bucket' : 'object';
  const isCopy = headerNames.includes('x-amz-copy-source');
  const kind = kindOf(`${level} ${method}`, new URLSearchParams(query), isCopy);
  return { method, kind, bucket, key: decoded(escaped), headerNames };
}

function kindOf(what: string, query: URLSearchParams, isCopy: boolean): S3RequestKind {
  switch (what) {
    case 'service GET':
      return 'ListBuckets';
    case 'bucket GET':
      return listing(query);
    case 'bucket HEAD':
      return 'HeadBucket';
    case 'bucket POST':
      return query.has('delete') ? 'DeleteObjects' : 'Other';
    case 'bucket PUT':
      return concernsAll(query) ? 'CreateBucket' : 'Other';
    case 'bucket DELETE':
      return concernsAll(query) ? 'DeleteBucket' : 'Other';
    case 'object GET':
      if (query.has('uploadId')) return 'ListParts';
      return isSubresource(query) ? 'Other' : 'GetObject';
    case 'object HEAD':
      return 'HeadObject';
    case 'object POST':
      if (query.has('uploads')) return 'CreateMultipartUpload';
      return query.has('uploadId') ? 'CompleteMultipartUpload' : 'Other';
    case 'object PUT':
      if (query.has('uploadId')) return isCopy ? 'UploadPartCopy' : 'UploadPart';
      if (isSubresource(query)) return 'Other';
      return isCopy ? 'CopyObject' : 'PutObject';
    case 'object DELETE':
      if (query.has('uploadId')) return 'AbortMultipartUpload';
      return isSubresource(query) ? 'Other' : 'DeleteObject';
    default:
      return 'Other';
  }
}

function listing(query: URLSearchParams): S3RequestKind {
  if (query.get('list-type') === '2') return 'ListObjectsV2';
  if (query.has('uploads')) return 'ListMultipartUploads';
  return isSubresource(query) || query.has('versions') ? 'Other' : 'ListObjects';
}

/** Clients may say in the query what they do, and that is all a bucket's query may hold. */
function concernsAll(query: URLSearchParams): boolean {
  return [...query.keys()].every((name) => name === 'x-id');
}

const subresources = [
  'acl',
  'attributes',
  'cors',
  'legal-hold',
  'lifecycle',
  'location',
  'object-lock',
  'policy',
].concat(['restore', 'retention', 'tagging', 'torrent', 'versioning']);

function isSubresource(query: URLSearchParams): boolean {
  return subresources.some((name) => query.has(name));
}

function decoded(escaped: string): string {
  try {
    return decodeURIComponent(escaped);
  } catch {
    // What is no valid escape is what was meant, as far as anybody can tell.
    return escaped;
  }
}
