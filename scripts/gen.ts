import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { generators } from './gen/generators.ts';

/** Files made from code: written here, committed, and with --check only compared. */
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const stale: string[] = [];

for (const generator of generators) {
  const made = await generator.make();
  for (const [name, content] of made) {
    const path = join(generator.folder, name);
    const bytes = Buffer.from(content);
    if (existsSync(path) && readFileSync(path).equals(bytes)) continue;
    stale.push(path);
    if (values.check) continue;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  // In a folder that holds generated files only, what is no longer made goes.
  for (const file of generator.ownsFolder ? globSync('**/*.*', { cwd: generator.folder }) : []) {
    if (made.has(file)) continue;
    stale.push(join(generator.folder, file));
    if (!values.check) rmSync(join(generator.folder, file));
  }
}

if (values.check && stale.length > 0) {
  process.stderr.write(
    `${stale.join('\n')}\ngen: these files are not what the code makes; run make gen and commit them\n`,
  );
  process.exitCode = 1;
} else {
  for (const file of stale) process.stdout.write(`gen: ${file}\n`);
}
