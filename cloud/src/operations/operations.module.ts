import { type DynamicModule, Module } from '@nestjs/common';
import { AboutController } from './about.controller.ts';
import { OperationsController } from './operations.controller.ts';
import type { OperationsParts } from './operations.ports.ts';
import { OperationsService } from './operations.service.ts';
import { OPERATIONS_PARTS, OperatorGuard } from './operator.guard.ts';

@Module({})
class OperationsModule {}

export function operationsModule(parts: OperationsParts): DynamicModule {
  return {
    module: OperationsModule,
    controllers: [AboutController, OperationsController],
    providers: [
      { provide: OPERATIONS_PARTS, useValue: parts },
      { provide: OperationsService, useFactory: () => new OperationsService(parts) },
      OperatorGuard,
    ],
  };
}
