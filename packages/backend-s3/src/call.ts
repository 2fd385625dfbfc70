import type { PutObjectCommand } from '@aws-sdk/client-s3';
import { type ArtifactError, isArtifactError } from '@artifacts/core';

import { abortable } from './abort.ts';
import { failureOf, S3Failure } from './s3-failure.ts';

/** What goes beside a command. */
export interface SendOptions {
  readonly abortSignal: AbortSignal;
}

/**
 * Makes one request, whatever retries the client was set up with: who sends a conditional write again has to know that the first
 * may have been applied. Only a request refused for its time is sent a second time, with the server's time, which the
 * client has learned from the refusal.
 *
 * @throws an `S3Failure`, an `ArtifactError` of the work, or the reason of `signal`
 */
export function call<T>(signal: AbortSignal | undefined, work: (options: SendOptions) => Promise<T>): Promise<T> {
  return abortable(signal, (abortSignal) => onceInTime(signal, () => work({ abortSignal })));
}

/** Makes a request, and once more when it was refused for its time. @throws as {@link call} does */
export async function onceInTime<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await attempted(signal, work);
  } catch (error) {
    if (!(error instanceof S3Failure) || error.code !== 'RequestTimeTooSkewed') throw error;
  }
  return attempted(signal, work);
}

async function attempted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : thrownBy(error);
  }
}

class Final extends Error {
  readonly failure: S3Failure;

  constructor(failure: S3Failure) {
    super('one attempt is enough');
    this.failure = failure;
  }
}

function thrownBy(error: unknown): S3Failure | ArtifactError {
  if (isArtifactError(error)) return error;
  return error instanceof Final ? error.failure : failureOf(error);
}

/** Keeps the client from sending this command again by itself. */
export function oneAttempt<C extends { readonly middlewareStack: object }>(command: C): C {
  // The commands differ in nothing that matters to the middleware.
  const stack = command.middlewareStack as PutObjectCommand['middlewareStack'];
  // Within the retries, and outside of the signing, which learns the server's time from the original error.
  stack.addRelativeTo(
    <A, R>(next: (args: A) => Promise<R>) =>
      async (args: A): Promise<R> => {
        try {
          return await next(args);
        } catch (error) {
          // A strategy would know the original, and its code, as something that passes.
          throw new Final(failureOf(error));
        }
      },
    { name: 'artifactsOneAttempt', relation: 'before', toMiddleware: 'httpSigningMiddleware', override: true },
  );
  return command;
}
