/**
 * What is known of a request that failed, and the only thing of it that becomes a cause: the client's own errors hold the request
 * with its headers, and what a server says in its messages may be anything.
 */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';
  /** The name the server or the system has for it, such as `SlowDown` or `ECONNRESET`. */
  readonly code: string;
  /** Of the HTTP answer; `undefined` when there was none. */
  readonly status: number | undefined;
  /** What the server's operator finds the request by. */
  readonly requestId: string | undefined;
  /** The region of the bucket, where the server tells it. */
  readonly region: string | undefined;
  /** Of an object that did not change. */
  readonly lastModified: Date | undefined;

  constructor(code: string, answer: Partial<Omit<S3Failure, keyof Error | 'code'>> = {}) {
    super(answer.status === undefined ? code : `${code} (HTTP ${answer.status})`);
    this.code = code;
    this.status = answer.status;
    this.requestId = answer.requestId;
    this.region = answer.region;
    Object.defineProperty(this, 'lastModified', { value: answer.lastModified });
  }
}

/** What the client threw, without anything that could be a secret. */
export function failureOf(error: unknown): S3Failure {
  if (error instanceof S3Failure) return error;
  const { name, code, $metadata, $response } = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  const headers = $response?.headers ?? {};
  const modified = new Date(headers['last-modified'] ?? Number.NaN);
  return new S3Failure(
    nameIn(code, /^(?:E[A-Z_0-9]{2,40}|[A-Z_]{2,60})$/) ??
      nameIn(name, /^(?:[A-Za-z]|SHA256|MD5){2,60}$/) ??
      'UnknownError',
    {
      status: $metadata?.httpStatusCode ?? $response?.statusCode,
      requestId: nameIn($metadata?.requestId, /^[\w-]{1,80}$/),
      region: nameIn(headers['x-amz-bucket-region'], /^[a-z0-9-]{1,40}$/),
      lastModified: Number.isNaN(modified.getTime()) ? undefined : modified,
    },
  );
}

/** A missing bucket is not a missing object. The answer to HEAD has no room for a name. */
export function isAbsence({ status, code }: S3Failure): boolean {
  return status === 404 && code !== 'NoSuchBucket';
}

interface Thrown {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
}

/** Servers choose these texts, so only what has the form of a name is taken. */
function nameIn(text: unknown, form: RegExp): string | undefined {
  return typeof text === 'string' && form.test(text) ? text : undefined;
}
