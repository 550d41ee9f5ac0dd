import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { ensureParts } from './stack/ensure.ts';

/** One thing that must hold; `count` reads from its report how many tests it ran. */
interface Stage {
  readonly name: string;
  readonly command: readonly string[];
  readonly report?: string;
}

const REPORTS = '.tools/reports';

const CHECKS: readonly Stage[] = [
  { name: 'format and lint', command: ['biome', 'ci', '--error-on-warnings', '.'] },
  { name: 'types', command: ['tsc', '-b'] },
  {
    name: 'import boundaries and cycles',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.mjs',
      'firmware-contracts',
      'edge',
      'cloud',
      'dashboard/web',
      'scripts',
    ],
  },
  { name: 'dead code', command: ['knip', '--no-progress'] },
  { name: 'one place for versions', command: ['node', 'scripts/tasks/versions.ts'] },
  { name: 'house rules', command: ['node', 'scripts/tasks/house.ts'] },
  vitest('unit'),
];

const REST: readonly Stage[] = [
  { name: 'generated files', command: ['node', 'scripts/gen.ts', '--check'] },
  vitest('edge'),
  vitest('medium'),
  vitest('e2e'),
];

function vitest(project: string): Stage {
  const report = `${REPORTS}/${project}.json`;
  return {
    name: project,
    report,
    command: [
      'vitest',
      'run',
      '--project',
      project,
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
  };
}

interface Count {
  passed: number;
  failed: number;
}

async function runStage(stage: Stage): Promise<Count> {
  process.stdout.write(`\n── ${stage.name}\n`);
  const started = Date.now();
  const code = await run(stage.command);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const count = stage.report
    ? readReport(stage.report, code)
    : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  process.stdout.write(`── ${stage.name}: ${count.failed === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`);
  return count;
}

function run(command: readonly string[]): Promise<number> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A run that broke outside its tests (a server that did not start, a leak) counts as one more failure. */
function readReport(file: string, code: number): Count {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as {
      numPassedTests: number;
      numFailedTests: number;
      numPendingTests: number;
      numTodoTests: number;
    };
    // Nothing is skipped: a test that did not run has not passed.
    const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests;
    return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

async function main(what: string): Promise<void> {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  const stages = what === 'check' ? CHECKS : [...CHECKS, ...REST];
  const total: Count = { passed: 0, failed: 0 };
  if (what !== 'check') {
    const faults = await ensureParts();
    for (const fault of faults) process.stderr.write(`services: ${fault}\n`);
    total.failed += faults.length;
  }
  for (const stage of stages) {
    const { passed, failed } = await runStage(stage);
    total.passed += passed;
    total.failed += failed;
  }
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main(process.argv[2] ?? 'all');
