export { CONTENT_TYPES, type ContentType } from './content-type.ts';
export { createFileStore, type FileStoreConfig } from './create-file-store.ts';
export { fileError, isFileError } from './file-error.ts';
export { isFileKey } from './file-key.ts';
export type * from './file-store.ts';
export { FILE_STORE } from './files.controller.ts';
export { filesModule } from './files.module.ts';
export { FILES_PATH, FileLinks, MAX_LINK_SECONDS } from './links.ts';
export { spooled, withSpool } from './spool.ts';
