export { traceArtifacts, type ArtifactTracing, type TraceArtifactsOptions } from './trace-artifacts.ts';
