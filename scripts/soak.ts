import { spawnSync } from 'node:child_process';

/** What is too long for make test, or about times: tests turned up, with their numbers. */
const result = spawnSync(
  'vitest',
  ['run', '--project', 'soak', '--reporter=verbose', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, METERLINE_SOAK: '1' },
  },
);
process.exitCode = result.status ?? 1;
