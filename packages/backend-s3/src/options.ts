import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

import type { BackendCapabilities } from '@artifacts/core';

import type { S3Preset, S3PresetName } from './presets.ts';

/** A bucket, and how its server behaves. Every member of the preset may be replaced. */
export interface S3BucketOptions extends Replaced<S3Preset> {
  readonly bucket: string;
  /**
   * Stands before every key, so that several stores share a bucket: 1 to 96 characters of the key alphabet that end in `/`. None by
   * default.
   */
  readonly prefix?: string | undefined;
  /**
   * Which service it is. By default it is known by its endpoint's host, and `generic` when it is none of the known ones, or when a
   * client is given, which does not tell its endpoint: say `aws` where that is one of AWS.
   */
  readonly preset?: S3PresetName | undefined;
  /** What the server can do, so that it is not probed. Whoever claims too much loses what the store promises. */
  readonly capabilities?: S3Capabilities | undefined;
  /**
   * Has the server keep the bytes of artifacts with `retainUntil` from being destroyed until then, by S3 Object Lock: against
   * everybody, or in `governance` mode against all but those with a right of their own. The bucket must have been made with it.
   */
  readonly objectLock?: 'governance' | 'compliance' | undefined;
  /** How many parts of one stream are uploaded, or of one object downloaded, at the same time; 4 by default, 1 to 32. */
  readonly concurrency?: number | undefined;
  /** A connection on which nothing moves for that long, in milliseconds, is given up; 30,000 by default. */
  readonly idleTimeoutMs?: number | undefined;
}

type Replaced<T> = { readonly [Member in keyof T]?: T[Member] | undefined };

/** Through a client of the application, which stays open and keeps its own endpoint, credentials and timeouts. */
export interface S3ClientGiven extends S3BucketOptions {
  readonly client: S3Client;
}

/** Through a client of the backend's own, which `close()` ends. */
export interface S3ConnectionOptions extends S3BucketOptions {
  readonly client?: undefined;
  /** By default `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, or AWS itself; none from files. Holds no credentials. */
  readonly endpoint?: string | URL | undefined;
  /** By default the chain of the SDK: environment, profile, web identity, the machine's role. */
  readonly credentials?: S3ClientConfig['credentials'] | undefined;
  /** Lets `http:` leave this machine. Signatures keep requests from being changed, and nothing from being read. */
  readonly allowInsecureEndpoint?: boolean | undefined;
  /** How long connecting may take, in milliseconds; 5,000 by default. */
  readonly connectTimeoutMs?: number | undefined;
}

export type S3BackendOptions = S3ClientGiven | S3ConnectionOptions;

/** The capabilities of a server, and in which spelling it compares an ETag. */
export interface S3Capabilities extends BackendCapabilities {
  /** Old servers never find a quoted ETag equal to their own; `quoted`, as the protocol says, by default. */
  readonly ifMatch?: 'quoted' | 'unquoted' | undefined;
}
