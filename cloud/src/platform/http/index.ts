export { bearerToken, sameToken } from './bearer.ts';
export { bodyBytes, bodyStream, TakesBytes, TakesStream } from './body.ts';
export { emitDocument } from './emit.ts';
export { httpError, statusOf } from './http.errors.ts';
export { API_PREFIX, createHttpServer, type HttpServerOptions, type HttpSettings } from './http.server.ts';
export { nestLogger } from './nest-logger.ts';
export { describeApi } from './openapi.ts';
export { explainError, type Problem } from './problem.ts';
export {
  type Dependency,
  type DependencyReport,
  Readiness,
  type ReadinessReport,
  type ReasonCode,
} from './readiness.ts';
export { Answers, NeedsOperator, Refuses } from './validation.ts';
