import { AppError, defineErrors, isAppError } from '../../kernel/errors.ts';

export const fileError = defineErrors({
  files_not_found: { kind: 'not_found', retryable: false, meaning: 'there is no such file' },
  files_too_large: { kind: 'too_large', retryable: false, meaning: 'the file is larger than is accepted' },
  files_type_refused: {
    kind: 'invalid',
    retryable: false,
    meaning: 'files of this type are not stored, or the content is not of the type that was claimed',
  },
  files_key_invalid: { kind: 'invalid', retryable: false, meaning: 'this cannot be the key of a file' },
  files_upload_broken: { kind: 'invalid', retryable: true, meaning: 'the upload ended before it was whole' },
  files_range_invalid: { kind: 'invalid', retryable: false, meaning: 'the file has no such bytes' },
  files_changed: { kind: 'conflict', retryable: true, meaning: 'the file was replaced while it was read' },
  files_damaged: { kind: 'internal', retryable: false, meaning: 'a stored file is not as it was stored' },
  files_link_invalid: { kind: 'forbidden', retryable: false, meaning: 'the link to a file is not valid' },
  files_link_expired: { kind: 'forbidden', retryable: false, meaning: 'the link to a file has expired' },
  files_unavailable: { kind: 'unavailable', retryable: true, meaning: 'files cannot be read or stored now' },
  files_misconfigured: {
    kind: 'misconfigured',
    retryable: false,
    meaning: 'the place for files refuses the hub: rights, credentials or bucket are wrong',
  },
});

type FileErrorCode = Parameters<typeof fileError>[0];

export function isFileError(error: unknown, code: FileErrorCode): error is AppError {
  return isAppError(error, code);
}

export function fromFileSystem(cause: unknown, what: string): AppError {
  if (cause instanceof AppError) return cause;
  const code = errno(cause);
  // O_NOFOLLOW answers ELOOP where a symbolic link stands in a file's place.
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP')
    return fileError('files_not_found', { cause });
  if (code === 'EACCES' || code === 'EPERM') {
    return fileError('files_misconfigured', {
      message: `${what}: ${code}, the folder belongs to another user`,
      cause,
    });
  }
  // Disk full (ENOSPC, EDQUOT, EFBIG), too many open files, I/O errors: the machine's state, which may pass.
  return fileError('files_unavailable', { message: `${what}: ${code ?? 'unknown error'}`, cause });
}

export function errno(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
