import type { FileStore } from './file-store.ts';
import { FolderStore } from './folder-store.ts';
import type { FileLinks } from './links.ts';
import { S3Store } from './s3-store.ts';

export type FileStoreConfig =
  | { readonly backend: 'folder'; readonly folder: string; readonly maxBytes: number }
  | {
      readonly backend: 's3';
      readonly bucket: string;
      readonly region: string;
      readonly endpoint?: string | undefined;
      readonly accessKeyId: string;
      readonly secretAccessKey: { reveal(): string };
      readonly forcePathStyle: boolean;
      /** Links lead to the S3 server itself: less work for the hub, when people can reach that server. */
      readonly directLinks?: boolean | undefined;
      readonly maxBytes: number;
    };

/** The one place that chooses. `start()` has still to be called. */
export function createFileStore(config: FileStoreConfig, links: FileLinks): FileStore {
  if (config.backend === 'folder') {
    return new FolderStore({ folder: config.folder, maxBytes: config.maxBytes, links });
  }
  const { bucket, region, endpoint, accessKeyId, forcePathStyle, maxBytes } = config;
  return new S3Store({
    bucket,
    region,
    accessKeyId,
    forcePathStyle,
    maxBytes,
    secretAccessKey: config.secretAccessKey.reveal(),
    ...(endpoint !== undefined && { endpoint }),
    ...(!config.directLinks && { links }),
  });
}
