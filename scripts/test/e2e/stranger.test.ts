import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('a reader written from the contract alone opens what we seal and refuses what we refuse', async () => {
  const { stdout } = await run('python3', ['firmware-contracts/fixtures/verify.py']);
  const [, opened, refused] =
    /^(\d+) good opened, (\d+) bad refused, \d+ left to the schema, 0 wrong$/m.exec(stdout) ?? [];
  expect(Number(opened)).toBeGreaterThan(10);
  expect(Number(refused)).toBeGreaterThan(30);
});
