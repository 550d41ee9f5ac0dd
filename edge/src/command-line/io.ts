/** What a command may touch; tests bring their own. */
export interface Io {
  out(line: string): void;
  err(line: string): void;
  read(path: string | URL): Promise<Buffer>;
  /** A line that is written over and over while somebody looks on; absent where nobody does. Empty: it goes away. */
  readonly progress?: (line: string) => void;
  /** The terminal that `out` leads to; absent where it leads into a file or a pipe. */
  readonly screen?: Screen;
  /** Nobody takes what is written any more, as with `… | head`: who only writes may stop. */
  readonly gone?: AbortSignal;
  /** Resolves when what was written has been taken, or nobody is there to take it. */
  readonly taken?: () => Promise<void>;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  readonly coloured: boolean;
  /** As it is, without a line end. */
  draw(text: string): void;
  /** Returns what undoes it. */
  resized(redraw: () => void): () => void;
}

/** Those of sysexits.h, as the hub's; documented in `--help`, scripts rely on them. */
export const EXIT = {
  ok: 0,
  usage: 64,
  faulty: 65,
  unreadable: 66,
  unanswered: 68,
  unavailable: 69,
  broken: 70,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected end: one line for a person and a code for a script. */
export class Failure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a folder',
};

const OF_THE_PLACE: Record<string, string> = {
  ENOTDIR: 'part of the path is a file, not a folder',
  EACCES: 'this user may not use it; try sudo, or the user of the agent',
  EPERM: 'this user may not use it; try sudo, or the user of the agent',
  EROFS: 'its disk is read-only: is the card worn out?',
  ENOSPC: 'its disk is full',
};

/** A file or folder that nobody lets us use is no fault of this program, whichever command came upon it. */
export function ofThePlace(error: unknown): Failure | undefined {
  if (!(error instanceof Error && 'code' in error && 'path' in error)) return undefined;
  const words = OF_THE_PLACE[String(error.code)];
  return words ? new Failure(`${error.path}: ${words}`, EXIT.unreadable, { cause: error }) : undefined;
}

export async function readOrFail(io: Io, path: string | URL): Promise<Buffer> {
  try {
    return await io.read(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new Failure(`${String(path)} ${REASONS[code] ?? `cannot be read (${code})`}`, EXIT.unreadable, {
      cause,
    });
  }
}
