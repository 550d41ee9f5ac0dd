import { type AppError, defineErrors, type ErrorKind } from '../../kernel/errors.ts';

/** Codes of the protocol itself; a feature declares its own beside its code. */
export const httpError = defineErrors({
  route_not_found: { kind: 'not_found', retryable: false, meaning: 'there is nothing at this address' },
  method_not_allowed: {
    kind: 'invalid',
    retryable: false,
    meaning: 'this address does not know this method',
  },
  request_malformed: { kind: 'invalid', retryable: false, meaning: 'the request is not valid HTTP' },
  body_malformed: { kind: 'invalid', retryable: false, meaning: 'the body is not valid JSON' },
  body_too_large: { kind: 'too_large', retryable: false, meaning: 'the body is larger than is accepted' },
  media_type_unsupported: {
    kind: 'invalid',
    retryable: false,
    meaning: 'the body must be sent as application/json, not compressed',
  },
  address_too_long: { kind: 'too_large', retryable: false, meaning: 'the address is too long' },
  headers_too_large: { kind: 'too_large', retryable: false, meaning: 'the header fields are too large' },
  request_timeout: { kind: 'timeout', retryable: true, meaning: 'the request did not arrive in time' },
  answer_timeout: { kind: 'timeout', retryable: true, meaning: 'the answer was not ready in time' },
  validation_failed: { kind: 'invalid', retryable: false, meaning: 'some fields are missing or wrong' },
  rate_limited: { kind: 'limited', retryable: true, meaning: 'too many requests; wait and try again' },
  unauthenticated: { kind: 'unauthenticated', retryable: false, meaning: 'a valid sign-in is required' },
  forbidden: { kind: 'forbidden', retryable: false, meaning: 'this sign-in may not do this' },
});

/** What the kinds of the kernel are called in HTTP. */
const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  limited: 429,
  unavailable: 503,
  timeout: 503,
  misconfigured: 500,
  internal: 500,
};

/** Where HTTP has a more exact word than the kind. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  method_not_allowed: 405,
  request_malformed: 400,
  body_malformed: 400,
  media_type_unsupported: 415,
  address_too_long: 414,
  headers_too_large: 431,
  request_timeout: 408,
  files_type_refused: 415,
  files_link_expired: 410,
  files_upload_broken: 400,
};

export const statusOf = (error: Pick<AppError, 'code' | 'kind'>): number =>
  STATUS_OF_CODE[error.code] ?? STATUS_OF_KIND[error.kind];

/** Fastify's and Node's own errors, by their codes, in our words. Their texts may quote the request: none is passed on. */
const FRAMEWORK_CODES: Readonly<Record<string, Parameters<typeof httpError>[0]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_malformed',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_malformed',
  FST_ERR_BAD_URL: 'request_malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'address_too_long',
  FST_ERR_NOT_FOUND: 'route_not_found',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

export function fromFramework(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const known = FRAMEWORK_CODES[code];
  if (known) return httpError(known, { cause: error });
  // The body parser's refusals (a prototype key, broken JSON) have a status and no code.
  const status = 'statusCode' in error ? error.statusCode : undefined;
  if (status === 400)
    return httpError(error instanceof SyntaxError ? 'body_malformed' : 'request_malformed', { cause: error });
  return undefined;
}
