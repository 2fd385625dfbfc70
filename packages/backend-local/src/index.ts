export { backendFromConfig, backendFromUrl } from './opening.ts';
export { localBackend } from './local-backend.ts';
export type { LocalBackendOptions } from './options.ts';
