import { expect, test } from 'vitest';

import { signedAgain } from './signature.ts';

// The example of AWS's own documentation.
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const headers = {
  Host: 'examplebucket.s3.amazonaws.com',
  'x-amz-date': '20130524T000000Z',
  'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
};
const credential = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

function authorization(signedHeaders: string, signature: string): string {
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
}

test('what is left of the signed headers is signed again', () => {
  const names = 'host;x-amz-content-sha256;x-amz-date';
  const before = authorization('host;if-none-match;x-amz-content-sha256;x-amz-date', '0'.repeat(64));
  const signed = (target: string, more: Record<string, string> = {}, was = before) =>
    signedAgain('GET', target, { ...headers, ...more, Authorization: was }, secretAccessKey);
  const expected = (signature: string, more: Record<string, string> = {}, after = names) => {
    return { ...headers, ...more, authorization: authorization(after, signature) };
  };
  expect(signed('/?lifecycle')).toEqual(expected('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543'));
  expect(signed('/?prefix=J&max-keys=2')).toEqual(
    expected('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'),
  );
  const range = { Range: ' bytes=0-9 ' };
  const withRange = `host;range;x-amz-content-sha256;x-amz-date`;
  expect(signed('/test.txt', range, authorization(`if-match;${withRange}`, '0'))).toEqual(
    expected('f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41', range, withRange),
  );
});

test('what was not signed is left alone', () => {
  expect(signedAgain('GET', '/', headers, secretAccessKey)).toEqual(headers);
  const basic = { ...headers, authorization: 'Basic YTpi' };
  expect(signedAgain('GET', '/', basic, secretAccessKey)).toEqual(basic);
});
