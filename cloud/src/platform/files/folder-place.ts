import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errno, fileError } from './file-error.ts';

export interface FolderPlace {
  /** What is stored, a key a path. */
  readonly files: string;
  /** What is being received. */
  readonly incoming: string;
}

/** Makes the folders, or says in one line which part of `files.folder` is not as it must be. */
export async function openPlace(setting: string): Promise<FolderPlace> {
  const wanted = resolve(setting);
  try {
    await makeFolder(wanted);
    // The place itself may be reached through links (a mounted volume); nothing inside it may.
    const folder = await realpath(wanted);
    const place = { files: join(folder, 'files'), incoming: join(folder, 'incoming') };
    await makeFolder(place.files);
    await makeFolder(place.incoming);
    return place;
  } catch (error) {
    throw await explain(error, wanted);
  }
}

/** Node's own recursive form never ends where a file system lets nobody make a folder (`/proc`). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o750 });
  } catch (error) {
    if (errno(error) === 'EEXIST') {
      if ((await stat(path)).isDirectory()) return;
      throw new NotAFolder(path, { cause: error });
    }
    if (errno(error) !== 'ENOENT' || dirname(path) === path || (await isFolder(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await mkdir(path, { mode: 0o750 });
  }
}

class NotAFolder extends Error {
  readonly path: string;

  constructor(path: string, options: ErrorOptions) {
    super(`${path} is not a folder`, options);
    this.path = path;
  }
}

const REMEDY = 'set files.folder (METERLINE_FILES__FOLDER) to a folder that the hub may make or write to';

async function explain(error: unknown, wanted: string): Promise<Error> {
  const reason = error instanceof NotAFolder ? notAFolder(error.path, wanted) : await reasonOf(error, wanted);
  if (reason !== undefined)
    return fileError('files_misconfigured', {
      message: `files.folder: ${wanted} ${reason}; ${REMEDY}`,
      cause: error,
    });
  // Disk full (ENOSPC, EDQUOT), too many open files, I/O errors: the machine's state, which may pass.
  return fileError('files_unavailable', {
    message: `files.folder: ${wanted} cannot be opened: ${errno(error) ?? 'unknown error'}; look after its disk, or ${REMEDY}`,
    cause: error,
  });
}

const notAFolder = (path: string, wanted: string): string =>
  path === wanted ? 'is not a folder' : `cannot be used: ${path} is not a folder`;

async function reasonOf(error: unknown, wanted: string): Promise<string | undefined> {
  switch (errno(error)) {
    case 'ENOTDIR':
      return notAFolder(await firstThatIsNoFolder(wanted), wanted);
    case 'EACCES':
    case 'EPERM':
      return 'belongs to another user, or lies in a folder that does';
    case 'EROFS':
      return 'lies on a file system that is read-only';
    case 'ENOENT':
      return 'cannot be made: its file system takes no folders, or a symbolic link leads nowhere';
    case 'ELOOP':
      return 'is a symbolic link that leads to itself';
    case 'ENAMETOOLONG':
      return 'is too long a path';
    default:
      return undefined;
  }
}

async function firstThatIsNoFolder(path: string): Promise<string> {
  const above = dirname(path);
  return above === path || (await isFolder(above)) ? path : firstThatIsNoFolder(above);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
