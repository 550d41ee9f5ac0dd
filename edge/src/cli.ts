import { readFile } from 'node:fs/promises';
import { main } from './command-line/main.ts';

process.exitCode = await main(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
  read: (path) => readFile(path),
  ...(process.stderr.isTTY
    ? { progress: (line) => process.stderr.write(`\r\x1b[2K${line.slice(0, process.stderr.columns - 1)}`) }
    : {}),
});
