import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Facts } from './demo/greeting.ts';
import { codeOf } from './demo/totp.ts';

/** What an authenticator app would show now for those of the running demo who need it. */
const file = join(resolve(process.env.DEMO_STATE || '.meterline'), 'demo.json');
const STEP_SECONDS = 30;

function factsOf(): Facts | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Facts;
  } catch {
    return undefined;
  }
}

const facts = factsOf();
if (!facts) {
  process.stderr.write(`demo-code: no demo runs here (there is no ${file}); start it: make demo\n`);
  process.exit(1);
}
const now = Date.now();
const left = STEP_SECONDS - (Math.floor(now / 1_000) % STEP_SECONDS);
const [, ...people] = facts.signIns;
for (const { who, secondFactor } of people)
  if (secondFactor) process.stdout.write(`${who.padEnd(15)} ${codeOf(secondFactor.secret, now)}\n`);
process.stdout.write(`each is good once, for ${left} s more\n`);
