import { isArtifactError, type ErrorCode } from '@artifacts/core';
import { SpanStatusCode, type Span } from '@opentelemetry/api';

/** Marks a span as failed, with the code. The message of an error is left out: it names ids, paths and buckets. */
export function recordFailure(span: Span, code: ErrorCode): void {
  span.recordException({ name: 'ArtifactError', code });
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

/** The code of what a storage call threw; none of an abort, which is the caller's own will. */
export function codeOf(error: unknown): ErrorCode | undefined {
  return isArtifactError(error) ? error.code : undefined;
}
