import type { S3Client } from '@aws-sdk/client-s3';

/** Has a client keep its signers: by itself it copies its whole configuration into a new one for every request. */
export function keepSigners({ config }: S3Client): void {
  const make = config.signer;
  const kept = new Map<string, ReturnType<typeof make>>();
  config.signer = (scheme) => {
    const { name, signingName, signingRegion } = scheme ?? {};
    const key = JSON.stringify([name, signingName, signingRegion]);
    let signer = kept.get(key);
    if (signer === undefined) {
      signer = make(scheme);
      kept.set(key, signer);
      // One that could not be made is tried again.
      signer.catch(() => kept.delete(key));
    }
    return signer;
  };
}
