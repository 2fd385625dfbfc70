/** What differs between services that speak S3. */
export interface S3Preset {
  /** The bucket is in the path of a request and not in its host name. */
  readonly forcePathStyle: boolean;
  /**
   * `always`: a checksum header goes with every upload, as AWS recommends. `required`: only where the protocol demands one,
   * because many servers refuse what they do not know; the signature still covers the SHA-256 of every body.
   */
  readonly checksums: 'always' | 'required';
  /** A Content-MD5 goes with every upload, for servers that check nothing else. Costs a hash more. */
  readonly contentMd5: boolean;
  /**
   * Whether a delete with `If-Match` is documented to be atomic against a concurrent conditional write. It is claimed only if the
   * server also refuses a wrong one.
   */
  readonly conditionalDelete: boolean;
  /** The region to sign for. `AWS_REGION` and `AWS_DEFAULT_REGION` come before that of a preset; without any the SDK's profile has it. */
  readonly region: string | undefined;
}

export type S3PresetName = 'aws' | 'b2' | 'ceph' | 'garage' | 'generic' | 'r2' | 'seaweedfs' | 'swift';

const generic: S3Preset = {
  forcePathStyle: true,
  checksums: 'required',
  contentMd5: false,
  conditionalDelete: false,
  region: 'us-east-1',
};

/** Parts are of equal size for all of them, since R2 demands it, and objects are deleted one by one, as Swift needs it. */
export const presets: Readonly<Record<S3PresetName, S3Preset>> = {
  generic,
  // Its conditional delete refuses what changed before, and loses what changes meanwhile.
  ceph: generic,
  seaweedfs: generic,
  aws: { ...generic, forcePathStyle: false, checksums: 'always', conditionalDelete: true, region: undefined },
  r2: { ...generic, region: 'auto' },
  b2: { ...generic, region: undefined },
  garage: { ...generic, region: 'garage' },
  // Older ones look at no other checksum.
  swift: { ...generic, contentMd5: true },
};

const byHost: readonly (readonly [RegExp, S3PresetName])[] = [
  [/(?:^|\.)amazonaws\.com(?:\.cn)?$/, 'aws'],
  [/\.r2\.cloudflarestorage\.com$/, 'r2'],
  [/\.backblazeb2\.com$/, 'b2'],
];

/** Whose endpoint it is; without one the backend's own client is one of AWS. */
export function presetNameFor(host: string | undefined): S3PresetName {
  if (host === undefined) return 'aws';
  return byHost.find(([form]) => form.test(host))?.[1] ?? 'generic';
}

/** The region in a host name such as `s3.eu-central-003.backblazeb2.com`. */
export function regionIn(host: string | undefined): string | undefined {
  return /(?:^|\.)s3[.-]([a-z]{2}(?:-[a-z]+)+-\d+)\.(?:amazonaws\.com|backblazeb2\.com)/.exec(host ?? '')?.[1];
}
