import { AppError, type ErrorKind } from '../kernel/errors.ts';

/** As in sysexits.h, so that supervisors and scripts can tell what will pass by itself from what will not. */
export const EXIT = {
  ok: 0,
  usage: 64,
  data: 65,
  unavailable: 69,
  internal: 70,
  hung: 75,
  permission: 77,
  config: 78,
} as const;

export const EXIT_MEANINGS: readonly (readonly [number, string])[] = [
  [EXIT.ok, 'done, or stopped as asked'],
  [EXIT.usage, 'wrong command line'],
  [EXIT.data, 'the data are not as they must be: tampered audit, unknown job'],
  [EXIT.unavailable, 'something needed is not there: database, queue, port, migrations'],
  [EXIT.internal, 'a fault of the program'],
  [EXIT.hung, 'did not stop in time; the line before names what hung'],
  [EXIT.permission, 'a database role has too much or too little power'],
  [EXIT.config, 'wrong configuration'],
];

const EXIT_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  invalid: EXIT.data,
  unauthenticated: EXIT.permission,
  forbidden: EXIT.permission,
  not_found: EXIT.data,
  conflict: EXIT.data,
  too_large: EXIT.data,
  limited: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  timeout: EXIT.unavailable,
  misconfigured: EXIT.config,
  internal: EXIT.internal,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  if (!(error instanceof AppError)) return EXIT.internal;
  if (error.code === 'database_role_unsafe') return EXIT.permission;
  return EXIT_OF_KIND[error.kind];
}

/** An expected failure of a command, already worded for the person in front of it. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
