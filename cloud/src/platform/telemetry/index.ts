export { LogHold } from './log-hold.ts';
export { createLogger, describeError, type Logger, type LoggerOptions } from './logger.ts';
export { createMetrics, type Metrics, type Sample } from './metrics.ts';
export { actForOrganisation, currentContext, runInContext, type WorkContext } from './request-context.ts';
export { scrubber } from './scrub.ts';
export {
  failSpan,
  inChildSpan,
  inSpan,
  type ServerSpan,
  type SpanAttributes,
  startServerSpan,
  withContext,
} from './tracing.ts';
