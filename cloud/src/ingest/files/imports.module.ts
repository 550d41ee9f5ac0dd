import { type DynamicModule, Module } from '@nestjs/common';
import type { ImportParts } from './import-parts.ts';
import { ImportsController } from './imports.controller.ts';
import { ImportsService } from './imports.service.ts';

@Module({})
class ImportsModule {}

export function importsModule(parts: ImportParts): DynamicModule {
  return {
    module: ImportsModule,
    controllers: [ImportsController],
    providers: [{ provide: ImportsService, useFactory: () => new ImportsService(parts) }],
  };
}
