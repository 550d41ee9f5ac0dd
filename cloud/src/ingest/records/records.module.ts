import { type DynamicModule, Module } from '@nestjs/common';
import type { DoorParts } from '../door-parts.ts';
import { RecordsController } from './records.controller.ts';
import { RecordsService } from './records.service.ts';

@Module({})
class RecordsModule {}

export const recordsModule = (parts: Pick<DoorParts, 'db' | 'clock'>): DynamicModule => ({
  module: RecordsModule,
  controllers: [RecordsController],
  providers: [{ provide: RecordsService, useFactory: () => new RecordsService(parts) }],
});
