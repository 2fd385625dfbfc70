import type { Medium } from './medium.ts';
import type { S3Capabilities } from './options.ts';
import { probeClaims } from './probe.ts';

/** What the server can do, complete. */
export type Claims = Required<{ [Member in keyof S3Capabilities]: NonNullable<S3Capabilities[Member]> }>;

// What a server can do is the same for every backend of this process. Only what a probe saw is kept, never a failed one.
const probed = new Map<string, Claims>();

/** What was given, what an earlier probe saw, or what one sees now. */
export async function claimsOf(medium: Medium, signal: AbortSignal | undefined): Promise<Claims> {
  const { capabilities, behaviour } = medium.settings;
  if (capabilities !== undefined) return { ...capabilities, ifMatch: capabilities.ifMatch ?? 'quoted' };
  const server = await nameOf(medium);
  const known = probed.get(server);
  if (known !== undefined) return known;
  const claims = await probeClaims(medium, behaviour.conditionalDelete, signal);
  probed.set(server, claims);
  return claims;
}

/** Bucket and server, and what else decides about the claims. */
async function nameOf({ settings, client }: Medium): Promise<string> {
  const given = settings.endpoint?.href;
  const {
    protocol = '',
    hostname = await client.config.region(),
    port = '',
    path = '',
  } = {
    ...(given === undefined ? await client.config.endpoint?.() : undefined),
  };
  const server = given ?? `${protocol}//${hostname}:${port}${path}`;
  return [server, settings.bucket, String(settings.behaviour.conditionalDelete)].join(' ');
}
