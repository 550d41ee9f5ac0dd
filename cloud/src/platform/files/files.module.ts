import { type DynamicModule, Module } from '@nestjs/common';
import type { FileStore } from './file-store.ts';
import { FILE_LINKS, FILE_STORE, FilesController } from './files.controller.ts';
import type { FileLinks } from './links.ts';

@Module({})
class FilesModule {}

/** Makes the store known to every feature, and serves its links. Whoever made the store starts and stops it. */
export function filesModule(store: FileStore, links: FileLinks): DynamicModule {
  return {
    module: FilesModule,
    global: true,
    controllers: [FilesController],
    providers: [
      { provide: FILE_STORE, useValue: store },
      { provide: FILE_LINKS, useValue: links },
    ],
    exports: [FILE_STORE],
  };
}
