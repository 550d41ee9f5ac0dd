import { AppError } from '../../kernel/errors.ts';
import { fileError } from './file-error.ts';

const REFUSALS = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'NoSuchBucket',
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'CredentialsProviderError',
]);

/** Sorts what an S3 server, or the way to it, answered. */
export function fromS3(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const name = cause instanceof Error ? cause.name : 'unknown error';
  const status = httpStatus(cause);
  if (name === 'InvalidRange' || status === 416) return fileError('files_range_invalid', { cause });
  if (REFUSALS.has(name) || status === 401 || status === 403 || status === 301) {
    return fileError('files_misconfigured', { message: `The S3 server refuses the hub: ${name}`, cause });
  }
  if (name === 'NoSuchKey' || status === 404) return fileError('files_not_found', { cause });
  const reason = status === undefined ? connectionReason(cause) : `${status} ${name}`;
  return fileError('files_unavailable', { message: `The S3 server does not serve: ${reason}`, cause });
}

function httpStatus(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return undefined;
  const { $metadata: metadata } = error;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function connectionReason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
