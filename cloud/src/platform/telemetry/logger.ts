import { trace } from '@opentelemetry/api';
import {
  type DestinationStream,
  destination,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
  symbols,
} from 'pino';
import { prettyFactory } from 'pino-pretty';
import { AppError } from '../../kernel/errors.ts';
import type { LogHold } from './log-hold.ts';
import { currentContext } from './request-context.ts';
import { scrubber } from './scrub.ts';

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly format: 'json' | 'pretty';
  /** Texts that must never be written, whoever puts them into a message. */
  readonly secrets: readonly string[];
  /** Standard output by default. */
  readonly output?: DestinationStream;
  readonly hold?: LogHold | undefined;
}

/** Fields that carry a credential wherever they turn up in a logged object. */
const CREDENTIAL_FIELDS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'password',
  'token',
  'secret',
  'operatorToken',
];
const REDACTED_PATHS = CREDENTIAL_FIELDS.flatMap((field) =>
  ['', '*', '*.*'].map((prefix) => (prefix === '' ? `["${field}"]` : `${prefix}["${field}"]`)),
);

export function createLogger(options: LoggerOptions): Logger {
  const scrub = scrubber(options.secrets);
  const sink = options.output ?? destination({ fd: 1, sync: true });
  const pretty =
    options.format === 'pretty'
      ? prettyFactory({
          colorize: options.output === undefined && process.stdout.isTTY === true,
          ignore: 'pid,hostname',
        })
      : (line: string) => line;
  return pino(
    {
      level: options.level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '[secret]' },
      serializers: { err: describeError, error: describeError },
      mixin: contextFields,
    },
    {
      // Has pino say in `lastLevel` how severe the line is that it writes next.
      [symbols.needsMetadataGsym]: true,
      lastLevel: 0,
      write(line: string): void {
        const write = () => void sink.write(scrub(pretty(line)));
        if (options.hold) options.hold.take(this.lastLevel, write);
        else write();
      },
    } as DestinationStream & { lastLevel: number },
  );
}

function contextFields(): Record<string, string> {
  const context = currentContext();
  const span = trace.getActiveSpan()?.spanContext();
  return {
    ...(context && { requestId: context.requestId }),
    ...(context?.organisationId !== undefined && { organisationId: context.organisationId }),
    ...(span && { traceId: span.traceId, spanId: span.spanId }),
  };
}

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const MAX_CAUSES = 4;

/**
 * Only these fields of an error: drivers hang whole requests, statements with their parameters and rows (`detail`)
 * onto theirs, and those hold what must not be logged. A declared error says by itself what happened: where it was
 * thrown is worth its lines only when it should never have been.
 */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const code = 'code' in error && error.code !== undefined ? String(error.code) : undefined;
  return {
    type: error.constructor.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && !isExpected(error) && { stack: error.stack }),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) }),
  };
}

const isExpected = (error: Error): boolean => error instanceof AppError && error.kind !== 'internal';
