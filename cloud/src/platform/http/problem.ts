import { AppError, declaredErrors, type ErrorKind } from '../../kernel/errors.ts';
import { fromFramework, statusOf } from './http.errors.ts';

/** RFC 9457. `code` is the stable part; `detail` is for people and may change. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly requestId: string;
  readonly retryable: boolean;
  readonly errors?: readonly FieldError[];
  readonly [fact: string]: unknown;
}

export interface FieldError {
  /** JSON pointer-like path into what was sent: `body.items.0.name`. */
  readonly path: string;
  readonly message: string;
}

export interface Explained {
  readonly problem: Problem;
  /** Nobody declared it: ours to repair, logged with its stack. */
  readonly unexpected: boolean;
}

const HIDDEN_KINDS: ReadonlySet<ErrorKind> = new Set(['internal', 'misconfigured']);
/** Their messages are for the operator: they name hosts, ports and databases. Callers get the general sentence. */
const OPERATOR_KINDS: ReadonlySet<ErrorKind> = new Set(['unavailable', 'timeout']);
const OWN_MEMBERS = new Set(['type', 'title', 'status', 'code', 'detail', 'requestId', 'retryable']);

/** Everything a caller may learn about an error: for one that nobody declared, nothing but the request id. */
export function explainError(thrown: unknown, requestId: string): Explained {
  const error = asAppError(thrown);
  if (!error || HIDDEN_KINDS.has(error.kind))
    return { problem: hidden(error?.code ?? 'internal_error', requestId), unexpected: true };
  return { unexpected: false, problem: shown(error, requestId) };
}

function shown(error: AppError, requestId: string): Problem {
  const general = OPERATOR_KINDS.has(error.kind);
  const details = Object.entries(general ? {} : error.details).filter(([name]) => !OWN_MEMBERS.has(name));
  return {
    ...Object.fromEntries(details),
    type: typeOf(error.code),
    title: titleOf(error.code),
    status: statusOf(error),
    code: error.code,
    detail: general ? meaningOf(error.code) : error.message,
    requestId,
    retryable: error.retryable,
  };
}

const meaningOf = (code: string): string =>
  declaredErrors().find((error) => error.code === code)?.meaning ?? '';

function asAppError(thrown: unknown): AppError | undefined {
  return thrown instanceof AppError ? thrown : fromFramework(thrown);
}

const hidden = (code: string, requestId: string): Problem => ({
  type: typeOf(code),
  title: 'Internal error',
  status: 500,
  code,
  detail: 'Something failed on our side; quote the request id when you report it.',
  requestId,
  retryable: true,
});

/** A name and no address: it promises no page, and is the same wherever the hub is served from. */
const typeOf = (code: string): string => `urn:meterline:problem:${code}`;

const titleOf = (code: string): string => {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
