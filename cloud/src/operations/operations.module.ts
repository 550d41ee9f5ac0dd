import { type DynamicModule, Module } from '@nestjs/common';
import { Gate, PlatformGuard } from '../identity/index.ts';
import { AboutController } from './about.controller.ts';
import { OperationsController } from './operations.controller.ts';
import type { OperationsParts } from './operations.ports.ts';
import { OperationsService } from './operations.service.ts';

@Module({})
class OperationsModule {}

/** With a gate of its own: a process without the API has these routes as well. */
export function operationsModule(parts: OperationsParts, gate: Gate): DynamicModule {
  return {
    module: OperationsModule,
    controllers: [AboutController, OperationsController],
    providers: [
      { provide: Gate, useFactory: () => gate },
      { provide: OperationsService, useFactory: () => new OperationsService(parts) },
      PlatformGuard,
    ],
  };
}
