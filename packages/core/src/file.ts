export { fileSource, type FileSource } from './file-source.ts';
export { saveTo, type SavedFile, type SaveOptions } from './save-to.ts';
