import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';

/** Laws of the house that no linter knows. Each fault is one line with what to do. */
interface Rule {
  readonly says: string;
  readonly files: RegExp;
  readonly not?: RegExp;
  readonly pattern: RegExp;
}

const TEST = /\.(spec|test)\.tsx?$|\/(test|fixtures|bench)\//;

const RULES: readonly Rule[] = [
  {
    says: 'a test that does not run is not a test',
    files: TEST,
    pattern: /\b(it|test|describe)\.(skip|only|todo|fails)\b|\bx(it|describe)\(/,
  },
  {
    says: 'an open end belongs in an issue, not in the code',
    files: /\.(tsx?|sh|sql|mjs)$/,
    pattern: /\b(TODO|FIXME|HACK)\b/,
  },
  {
    says: 'the path of one machine',
    files: /./,
    not: /package-lock\.json$/,
    pattern: /(?<![\w.$}])\/(work|root)\/\w/,
  },
  {
    says: 'log through the logger; only the command lines print',
    files: /^(cloud|edge|firmware-contracts|dashboard)\/.*src\/.*\.tsx?$/,
    not: TEST,
    pattern: /\bconsole\.\w+\(/,
  },
  {
    says: 'the time comes from an injected clock',
    files: /\/domain\/.*\.ts$|\/kernel\/.*\.ts$/,
    not: /kernel\/(system-)?clock\.ts$|\.spec\.ts$/,
    pattern: /\bDate\.now\(|\bnew Date\(\)|Temporal\.Now|Math\.random\(/,
  },
];

const SELF = 'scripts/tasks/house.ts';
/** Past this a file of code is cut; tables of data are exempt. */
const LONGEST = 400;
/** What the migrations give to whom, as a test writes it. */
const DATA = /\.expected\.ts$/;

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  encoding: 'utf8',
  maxBuffer: 64 << 20,
})
  .split('\n')
  .filter((file) => file && file !== SELF && existsSync(file) && statSync(file).size < 2_000_000);

const faults: string[] = [];
for (const file of files) {
  if (/\.(png|woff2?|pdf|ico|xlsx|gz|bin)$/.test(file)) continue;
  const lines = readFileSync(file, 'utf8').split('\n');
  if (/\.tsx?$/.test(file) && lines.length > LONGEST && !TEST.test(file) && !DATA.test(file)) {
    faults.push(`${file}: ${lines.length} lines; cut it by concept (the limit is ${LONGEST})`);
  }
  for (const rule of RULES) {
    if (!rule.files.test(file) || rule.not?.test(file)) continue;
    lines.forEach((line, index) => {
      if (rule.pattern.test(line))
        faults.push(`${file}:${index + 1}: ${rule.says}: ${line.trim().slice(0, 80)}`);
    });
  }
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
