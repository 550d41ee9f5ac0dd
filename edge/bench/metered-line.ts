import { encode, meterProfileSchema, wordsOf } from '@meterline/contracts';
import { systemClock } from '../src/clock.ts';
import { DEFAULT_LINE } from '../src/wire/port-url.ts';
import {
  bitsPdu,
  exceptionPdu,
  listenRtuOverTcp,
  readRequestPdu,
  SILENCE,
  wordsPdu,
} from '../src/wire/server/index.ts';
import { characterUs } from '../src/wire/timing.ts';

// A line of meters of one model in a process of its own, at the pace of a real one; tells its parent the port.
// The parent sends the numbers of the units that are to be dead.

const [baud = '9600', turnaroundMs = '20', profileText = ''] = process.argv.slice(2);
const profile = meterProfileSchema.parse(JSON.parse(profileText));
const began = performance.now();
let dead = new Set<number>();

const table = new Map<string, number>();
const put = (code: number, address: number, words: readonly number[]): void => {
  for (const [k, word] of words.entries()) table.set(`${code}/${address + k}`, word);
};
const GAUGES: Record<string, number> = { mV: 230_000, mA: 1_000, mW: 230_000, mHz: 50_000 };
for (const register of profile.registers) {
  for (let k = 0; k < wordsOf(register); k += 1) put(register.function, register.address + k, [0]);
  if (register.role === 'gauge') {
    put(
      register.function,
      register.address,
      encode(register, { kind: 'gauge', value: GAUGES[register.unit] ?? 0 }),
    );
  }
}
const counters = profile.registers.filter(({ role }) => role === 'counter');

function tick(): void {
  const count = 1_000n + BigInt(Math.floor((performance.now() - began) / 16_000));
  for (const register of counters)
    put(register.function, register.address, encode(register, { kind: 'counter', count }));
}
tick();
setInterval(tick, 1_000);

process.on('message', (units: number[]) => {
  dead = new Set(units);
});
process.on('disconnect', () => process.exit(0));
const listening = await listenRtuOverTcp({
  clock: systemClock(),
  timing: {
    characterUs: characterUs({ ...DEFAULT_LINE, baud: Number(baud) }),
    turnaroundMs: Number(turnaroundMs),
  },
  handler: (unit, pdu) => {
    if (dead.has(unit)) return SILENCE;
    const request = readRequestPdu(unit, pdu);
    if (!request || request.function > 4 || !('count' in request)) {
      return { kind: 'reply', pdu: exceptionPdu(pdu[0] ?? 0, 1) };
    }
    const { function: code, address, count } = request;
    const words = Array.from({ length: count }, (_, k) => table.get(`${code}/${address + k}`) ?? 0);
    if (code === 1 || code === 2) return { kind: 'reply', pdu: bitsPdu(code, words.map(Boolean)) };
    return { kind: 'reply', pdu: wordsPdu(code as 3 | 4, words) };
  },
});
process.send?.(listening.port);
