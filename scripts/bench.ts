import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

/** A part measures ours, the peer and the limit in one run; what each figure is stands in docs/benchmarks.md. */
interface Part {
  run(): Promise<{ part: string; cases: readonly object[]; peer?: object }>;
}

const files = globSync('{firmware-contracts,edge,cloud,scripts}/bench/*.bench.ts').sort();
const names = files.map((file) => basename(file, '.bench.ts'));
const wanted = parseArgs({ allowPositionals: true }).positionals;
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`bench: no part ${unknown.join(', ')}; there are ${names.join(', ')}\n`);
  process.exit(64);
}
for (const [index, file] of files.entries()) {
  const name = names[index] ?? '';
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stderr.write(`bench: ${name}\n`);
  const part = (await import(`../${file}`)) as Part;
  process.stdout.write(`${JSON.stringify(await part.run())}\n`);
}
// Clients of a part may keep sockets open that no longer matter.
process.exit(0);
