export type { S3Fault } from './s3-proxy/faults.ts';
export { type S3Proxy, type S3ProxyOptions, startS3Proxy } from './s3-proxy/proxy.ts';
export type { S3RequestCounts } from './s3-proxy/request-counts.ts';
export type { InjectedFault, S3FaultRule } from './s3-proxy/rules.ts';
export type { S3RequestKind } from './s3-proxy/s3-request.ts';
