export { backendFromUrl } from './from-url.ts';
export { sqliteBackend, type SqliteBackendOptions } from './sqlite-backend.ts';
