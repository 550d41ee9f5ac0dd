import { spawnSync } from 'node:child_process';

/** What is too long for make test: whole stages of the gateway on lines paced in real time, and tests turned up, with their numbers. */
const result = spawnSync(
  'vitest',
  ['run', '--project', 'edge', '--project', 'soak', '--reporter=verbose', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, METERLINE_SOAK: '1' },
  },
);
process.exitCode = result.status ?? 1;
