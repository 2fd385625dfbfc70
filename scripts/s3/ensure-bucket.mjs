import { signedRequest } from './signed-request.mjs';

/** Makes the bucket of a server unless it is there. What is wrong with one that is there shows when it is used. */
export async function ensureBucket(server) {
  if ((await ask('HEAD', server)) !== 404) return;
  const status = await ask('PUT', server);
  if (status !== 200)
    throw new Error(`there is no bucket "${server.bucket}", and the server answers ${status} when it is to make it`);
}

async function ask(method, server) {
  try {
    return (await signedRequest(method, `/${server.bucket}`, server)).status;
  } catch (error) {
    const reason = error.cause?.code ?? error.message;
    throw new Error(`nobody answers at ${server.endpoint} (${reason})`, { cause: error });
  }
}
