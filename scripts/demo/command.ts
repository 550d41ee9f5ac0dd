import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Said = Readonly<Record<string, string>>;

/** What a command of ours says, a JSON object a line. */
export const ask = async (...words: string[]): Promise<Said[]> =>
  (await text(...words))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

export async function text(...words: string[]): Promise<string> {
  try {
    return (await run(process.execPath, words)).stdout;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new Error(stderr.trim() || String(error), { cause: error });
  }
}
