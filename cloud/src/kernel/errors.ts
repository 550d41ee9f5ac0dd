/**
 * What went wrong, in the terms of the product, not of a protocol: the HTTP layer, the queue and the command
 * line each translate a kind into their own words (a status, a retry, an exit code).
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'limited'
  | 'unavailable'
  | 'timeout'
  | 'misconfigured'
  | 'internal';

export interface ErrorRule {
  readonly kind: ErrorKind;
  /** May the very same request succeed later without anybody changing anything? */
  readonly retryable: boolean;
  /** One sentence for the reference of error codes; a thrown error carries its own message. */
  readonly meaning: string;
}

export interface ErrorOptions {
  readonly message?: string;
  readonly cause?: unknown;
  /** Facts for the caller: ids, limits, field names. Never a secret, never a personal value. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type ErrorTable = Readonly<Record<string, ErrorRule>>;

export class AppError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, rule: ErrorRule, options: ErrorOptions = {}) {
    super(options.message ?? rule.meaning, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.kind = rule.kind;
    this.retryable = rule.retryable;
    this.details = options.details ?? {};
  }

  toJSON(): { code: string; kind: ErrorKind; retryable: boolean; message: string; details: object } {
    const { code, kind, retryable, message, details } = this;
    return { code, kind, retryable, message, details };
  }
}

const CODE = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/;
const known = new Map<string, ErrorRule>();

/**
 * Declares the stable codes of one module and returns the function that makes its errors.
 * A code has one owner: a second module that declares it fails when it is loaded.
 */
export function defineErrors<T extends ErrorTable>(
  table: T,
): (code: Extract<keyof T, string>, options?: ErrorOptions) => AppError {
  for (const [code, rule] of Object.entries(table)) {
    if (!CODE.test(code)) throw new TypeError(`error code "${code}" is not lower_snake_case`);
    if (known.has(code)) throw new TypeError(`error code "${code}" is declared twice`);
    known.set(code, rule);
  }
  return (code, options) => {
    const rule = table[code];
    if (rule === undefined) throw new TypeError(`error code "${code}" is not declared`);
    return new AppError(code, rule, options);
  };
}

/** All codes declared so far, in alphabetical order: the source of the published reference. */
export function declaredErrors(): readonly (ErrorRule & { readonly code: string })[] {
  return [...known].map(([code, rule]) => ({ code, ...rule })).sort((a, b) => (a.code < b.code ? -1 : 1));
}

export function isAppError(error: unknown, code?: string): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}

/** A thrown thing that nobody typed is a fault of ours, and may pass when tried again. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return kernelError('internal_error', { message, cause: error });
}

export const kernelError = defineErrors({
  internal_error: { kind: 'internal', retryable: true, meaning: 'something failed that should not have' },
  money_currency_mismatch: {
    kind: 'invalid',
    retryable: false,
    meaning: 'two amounts of different currencies were combined',
  },
  money_unknown_currency: { kind: 'invalid', retryable: false, meaning: 'the currency is not supported' },
  money_malformed: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the amount is not written as a decimal number',
  },
  decimal_malformed: { kind: 'invalid', retryable: false, meaning: 'the value is not a decimal number' },
  allocation_impossible: {
    kind: 'invalid',
    retryable: false,
    meaning: 'an amount cannot be shared out over these weights',
  },
  quantity_unit_mismatch: {
    kind: 'invalid',
    retryable: false,
    meaning: 'two quantities of different units were combined',
  },
  quantity_malformed: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the quantity is not a decimal number of its unit',
  },
  ratio_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a ratio needs a positive numerator and denominator',
  },
  period_invalid: { kind: 'invalid', retryable: false, meaning: 'a period must end after it starts' },
  zone_unknown: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the time zone is not a name of the IANA list',
  },
  cycle_day_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'a billing cycle starts on a day from 1 to 31',
  },
  year_invalid: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the year is outside of the range that is supported',
  },
  id_malformed: { kind: 'invalid', retryable: false, meaning: 'the id is not a UUID' },
});
