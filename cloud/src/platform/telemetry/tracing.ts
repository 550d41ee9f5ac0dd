import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/**
 * The hub speaks only the OpenTelemetry API: without an SDK all of this does nothing. One is loaded from outside
 * (`NODE_OPTIONS=--import …`) and configured by its own variables, which no code of the hub reads.
 */
const tracer = trace.getTracer('meterline');

export type SpanAttributes = Attributes;

/** Runs work inside a span: a job, a transaction, a call to a provider. */
export function inSpan<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  return tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** For what also runs on a timer, all day: a span inside of other work, and none where nobody asked. */
export function inChildSpan<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T> {
  return trace.getActiveSpan() ? inSpan(name, attributes, work) : work();
}

/** Type and code only: a message may hold what must not leave the process. */
export function failSpan(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  span.setAttribute('error.type', errorType(error));
}

function errorType(error: unknown): string {
  if (error instanceof Error)
    return 'code' in error && error.code !== undefined ? String(error.code) : error.name;
  return typeof error;
}

export interface ServerSpan {
  readonly span: Span;
  readonly context: Context;
}

/** Continues the caller's trace (W3C traceparent) where the SDK has a propagator for it. */
export function startServerSpan(
  headers: Readonly<Record<string, unknown>>,
  attributes: SpanAttributes,
): ServerSpan {
  const parent = propagation.extract(context.active(), headers);
  const method = String(attributes['http.request.method'] ?? 'HTTP');
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
  return { span, context: trace.setSpan(parent, span) };
}

export const withContext = <T>(active: Context, work: () => T): T => context.with(active, work);
