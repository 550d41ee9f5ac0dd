import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs an image with one port on loopback; the container goes when it is stopped. */
export async function startContainer(
  image: string,
  innerPort: number,
  env: Record<string, string> = {},
  command: string[] = [],
) {
  const name = `meterline-test-${randomBytes(4).toString('hex')}`;
  const variables = Object.entries(env).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
  await run('docker', [
    'run',
    '-d',
    '--rm',
    '--name',
    name,
    '-p',
    `127.0.0.1::${innerPort}`,
    ...variables,
    image,
    ...command,
  ]);
  const { stdout } = await run('docker', ['port', name, `${innerPort}/tcp`]);
  const port = Number(stdout.trim().split('\n')[0]?.split(':').at(-1));
  return { port, stop: async () => void (await run('docker', ['rm', '-f', name])) };
}
