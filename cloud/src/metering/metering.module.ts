import { type DynamicModule, Module } from '@nestjs/common';
import { DecisionsService } from './decisions.service.ts';
import { DrillService } from './drill.service.ts';
import { ExportService } from './export.service.ts';
import { DecisionsController, UsageController } from './metering.controller.ts';
import type { MeteringParts } from './metering.parts.ts';
import { RawExportService } from './raw-export.service.ts';
import { UsageService } from './usage.service.ts';

@Module({})
class MeteringModule {}

/** Needs the sites' module beside it: its guard decides for which organisation a request may speak. */
export function meteringModule(parts: MeteringParts): DynamicModule {
  return {
    module: MeteringModule,
    controllers: [UsageController, DecisionsController],
    providers: [
      { provide: UsageService, useFactory: () => new UsageService(parts) },
      { provide: DrillService, useFactory: () => new DrillService(parts) },
      { provide: ExportService, useFactory: () => new ExportService(parts) },
      { provide: RawExportService, useFactory: () => new RawExportService(parts) },
      { provide: DecisionsService, useFactory: () => new DecisionsService(parts) },
    ],
  };
}
