import { systemClock } from '../src/clock.ts';
import { DEFAULT_LINE } from '../src/wire/port-url.ts';
import { exceptionPdu, listenRtuOverTcp, readRequestPdu, wordsPdu } from '../src/wire/server/index.ts';
import { characterUs } from '../src/wire/timing.ts';

/** Meters behind a line of a given rate and turnaround; tells its parent the port. */
const [baud = 9600, turnaroundMs = 20] = process.argv.slice(2).map(Number);
const listening = await listenRtuOverTcp({
  clock: systemClock(),
  timing: { characterUs: characterUs({ ...DEFAULT_LINE, baud }), turnaroundMs },
  handler: (unit, pdu) => {
    const request = readRequestPdu(unit, pdu);
    if (request?.function !== 3) return { kind: 'reply', pdu: exceptionPdu(pdu[0] ?? 0, 1) };
    return { kind: 'reply', pdu: wordsPdu(3, Array(request.count).fill(unit)) };
  },
});
process.send?.(listening.port);
