import { main } from './cli/main.ts';
import { processTerminal } from './cli/terminal.ts';

// Ended explicitly: a part that hung at its stop must not keep the process alive.
process.exit(await main(process.argv.slice(2), processTerminal()));
