import { type DynamicModule, Module } from '@nestjs/common';
import { CorrectionsService } from './corrections.service.ts';
import { ManualController } from './manual.controller.ts';
import { type ManualParts, ManualService } from './manual.service.ts';

@Module({})
class ManualModule {}

export function manualModule(parts: ManualParts): DynamicModule {
  return {
    module: ManualModule,
    controllers: [ManualController],
    providers: [
      { provide: ManualService, useFactory: () => new ManualService(parts) },
      { provide: CorrectionsService, useFactory: () => new CorrectionsService(parts) },
    ],
  };
}
