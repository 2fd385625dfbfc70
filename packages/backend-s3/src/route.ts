import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/** A request as the client's own signer takes it. */
export interface WireRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | undefined;
}

/** How the client signs: its signer, and what that has to be told each time. */
interface Scheme {
  readonly signer: {
    sign(request: WireRequest, identity: object, properties: object): Promise<WireRequest>;
    /** Learns the server's time, from what has both members. */
    successHandler?(response: Pick<WireRequest, 'headers'> & { readonly statusCode: number }, properties: object): void;
  };
  readonly httpAuthOption: { readonly signingProperties?: object };
}

/** Where the objects of a bucket are, and how requests for them are signed. */
export interface Route {
  /** Without its key, method and own headers. */
  readonly request: Omit<WireRequest, 'method' | 'body'>;
  readonly origin: string;
  readonly scheme: Scheme;
}

class Stop extends Error {}

/**
 * Lets the client prepare a request that is never sent, and keeps what its rules for endpoints, regions and signatures have made of
 * it; `undefined` where a client does not tell.
 */
export async function routeTo(client: S3Client, bucket: string): Promise<Route | undefined> {
  const key = 'k';
  const command = new GetObjectCommand({ Bucket: bucket, Key: key });
  let route: Route | undefined;
  command.middlewareStack.addRelativeTo(
    (_next: unknown, context: object) => async (args: object) => {
      route = routeIn(args, context, key);
      throw new Stop();
    },
    { name: 'artifactsRoute', relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  );
  try {
    await client.send(command);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
  }
  return route;
}

function routeIn(prepared: object, context: object, key: string): Route | undefined {
  const { request } = prepared as { readonly request: WireRequest };
  const own = (context as Readonly<Record<string, unknown>>)['__smithy_context'];
  const scheme = (own as { readonly selectedHttpAuthScheme?: Scheme } | undefined)?.selectedHttpAuthScheme;
  const { host, 'user-agent': agent } = request.headers;
  const isSimple = request.path.endsWith(`/${key}`) && Object.keys(request.query).length <= 1;
  if (scheme === undefined || host === undefined || !isSimple) return undefined;
  const { protocol, hostname, port } = request;
  const headers = { host, ...(agent !== undefined && { 'user-agent': agent }) };
  return {
    origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`,
    request: { protocol, hostname, port, path: request.path.slice(0, -key.length), query: {}, headers },
    scheme,
  };
}
