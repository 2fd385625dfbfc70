import { expect, test } from 'vitest';

import { s3Request } from './s3-request.ts';

const kinds = `
GET / ListBuckets
PUT /b CreateBucket
PUT /b/ CreateBucket
PUT /b?versioning Other
HEAD /b HeadBucket
DELETE /b DeleteBucket
DELETE /b?lifecycle= Other
GET /b ListObjects
GET /b?list-type=2&prefix=a%2Fb ListObjectsV2
GET /b/?list-type=2 ListObjectsV2
GET /b?uploads= ListMultipartUploads
GET /b?versions= Other
GET /b?location= Other
POST /b?delete= DeleteObjects
POST /b Other
PUT /b/k PutObject
PUT /b/k?x-id=PutObject PutObject
PUT /b/k?tagging= Other
GET /b/k GetObject
GET /b/k?x-id=GetObject GetObject
GET /b/k?acl= Other
GET /b/k?uploadId=u ListParts
HEAD /b/a/b/c HeadObject
DELETE /b/k DeleteObject
DELETE /b/k?uploadId=u AbortMultipartUpload
DELETE /b/k?tagging= Other
POST /b/k?uploads= CreateMultipartUpload
POST /b/k?uploadId=u CompleteMultipartUpload
POST /b/k Other
PUT /b/k?partNumber=1&uploadId=u UploadPart
OPTIONS /b Other`;

test('the kind of a request follows from its method, path and query', () => {
  const lines = kinds.trim().split('\n');
  const found = lines.map((line) => {
    const [method = '', target = ''] = line.split(' ');
    return `${method} ${target} ${s3Request(method, target, []).kind}`;
  });
  expect(found).toEqual(lines);
});

test('a copy is told by its header', () => {
  const headers = ['X-Amz-Copy-Source', '/b/other'];
  expect(s3Request('PUT', '/b/k', headers).kind).toBe('CopyObject');
  expect(s3Request('PUT', '/b/k?partNumber=1&uploadId=u', headers).kind).toBe('UploadPartCopy');
});

test('bucket and key are what stands in the path, the key decoded', () => {
  expect(s3Request('GET', '/b/a%2Fb/%C3%A9%20=?x', [])).toMatchObject({ bucket: 'b', key: 'a/b/é =' });
  expect(s3Request('GET', '/b/%zz', [])).toMatchObject({ bucket: 'b', key: '%zz' });
  expect(s3Request('GET', '/', [])).toMatchObject({ bucket: '', key: '' });
});
