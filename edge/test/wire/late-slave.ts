import { listenRtuOverTcp, readRequestPdu, wordsPdu } from '../../src/wire/server/index.ts';
import { clock } from './bench-meters.ts';

/** A slave in a process of its own that answers late, with the address that it was asked for. */
const [port, delay] = process.argv.slice(2).map(Number);
await listenRtuOverTcp({
  port: port ?? 0,
  clock,
  timing: { characterUs: 0, turnaroundMs: delay ?? 0 },
  handler: (unit, pdu) => {
    const request = readRequestPdu(unit, pdu);
    if (request?.function !== 3) return { kind: 'silence' };
    return { kind: 'reply', pdu: wordsPdu(3, [request.address, 0]) };
  },
});
process.stdout.write('ready\n');
