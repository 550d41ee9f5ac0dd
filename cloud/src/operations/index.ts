export { operationsModule } from './operations.module.ts';
export type {
  AuditToOperate,
  JobsToOperate,
  OperationsParts,
  Operator,
  OperatorEntry,
  OutboxToOperate,
} from './operations.ports.ts';
export type { About, EventDone, FailedEvent, FailedEventPage, Status } from './operations.schemas.ts';
export { OperationsService } from './operations.service.ts';
