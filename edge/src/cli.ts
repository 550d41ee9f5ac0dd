import { EXIT } from './command-line/io.ts';
import { main } from './command-line/main.ts';
import { processIo } from './command-line/terminal.ts';

const io = processIo();
const code = await main(process.argv.slice(2), io);
await io.taken?.();
const fault = io.failed();
if (fault) io.err(`meterline-edge: the output cannot be written: ${fault.message}`);
process.exitCode = fault && code === EXIT.ok ? EXIT.unavailable : code;
