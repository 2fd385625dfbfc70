import type { ArtifactBackend } from '@artifacts/core';

/** The keys of content that neither a record nor a pending marker leads to, so that no sweep would ever find it. */
export async function leakedContent(storage: ArtifactBackend): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list({ prefix: '' })) keys.push(key);
  const pending = new Set(keys.filter((key) => key.startsWith('pending/')).map((key) => key.split('/')[2]));
  const records = keys.filter((key) => key.startsWith('records/'));
  const named = new Set(await Promise.all(records.map((key) => contentKeyIn(storage, key))));
  return keys.filter(
    (key) => key.startsWith('content/') && !named.has(key) && !pending.has(key.slice(key.lastIndexOf('/') + 1)),
  );
}

async function contentKeyIn(storage: ArtifactBackend, key: string): Promise<string | undefined> {
  const result = await storage.read(key);
  if (result.status !== 'found') return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  const [line = ''] = Buffer.concat(chunks).toString('latin1').split('\n', 1);
  const { payload } = JSON.parse(line) as { readonly payload: string };
  const said = JSON.parse(Buffer.from(payload, 'base64').toString()) as {
    readonly content?: { readonly key?: string };
  };
  return said.content?.key;
}
