import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { rtuFrame } from '../rtu.ts';
import type { Answer, ServerTiming } from './answer.ts';
import { RtuServer } from './rtu-server.ts';

const clock = { monoNs: () => process.hrtime.bigint(), wallMs: () => Date.now() };
const servers: RtuServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server, what it says with the time of each piece, and a way to talk to it. */
function serve(timing: ServerTiming, answer: (unit: number, pdu: Uint8Array) => Answer) {
  const said: { bytes: number[]; ms: number }[] = [];
  const began = performance.now();
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      said.push({ bytes: [...chunk], ms: performance.now() - began });
      done();
    },
  });
  const server = new RtuServer(stream, { handler: answer, timing, clock });
  servers.push(server);
  return {
    server,
    said,
    ask: (bytes: Uint8Array) => stream.push(bytes),
    all: () => said.flatMap(({ bytes }) => bytes),
  };
}

const same = (_: number, pdu: Uint8Array): Answer => ({ kind: 'reply', pdu });
const request = rtuFrame(1, Uint8Array.of(3, 0, 0, 0, 2));
const atOnce = { characterUs: 0, turnaroundMs: 0 };

describe('an RTU server', () => {
  it('takes requests that come in pieces, together, or of unknown functions', async () => {
    const { ask, all, server } = serve(atOnce, same);
    ask(request.subarray(0, 3));
    ask(request.subarray(3));
    await sleep(5);
    ask(Uint8Array.from([...request, ...request]));
    await sleep(5);
    const strange = rtuFrame(1, Uint8Array.of(0x42, 9));
    ask(strange);
    await sleep(40);
    expect(all()).toEqual([...request, ...request, ...request, ...strange]);
    expect(server.counts).toMatchObject({ requests: 4, replies: 4, damaged: 0 });
  });

  it('says nothing to damaged frames and to broadcasts, and is in step again after a silence', async () => {
    const { ask, all, server } = serve(atOnce, same);
    ask(request.with(4, 9));
    await sleep(40);
    ask(rtuFrame(0, Uint8Array.of(6, 0, 0, 0, 2)));
    await sleep(10);
    ask(request);
    await sleep(10);
    expect(all()).toEqual([...request]);
    expect(server.counts).toMatchObject({ requests: 2, replies: 1, damaged: 1 });
  });

  it('keeps the pace of its line: request, turnaround, reply', async () => {
    // 8 characters there, 20 ms, 8 characters back.
    const { ask, said, all } = serve({ characterUs: 1000, turnaroundMs: 20, burst: 4 }, same);
    ask(request);
    await sleep(100);
    expect(all()).toEqual([...request]);
    const times = said.map(({ ms }) => ms);
    expect(times).toHaveLength(2);
    expect(times[0]).toBeGreaterThanOrEqual(8 + 20 + 4 - 0.1);
    expect(times[1]).toBeGreaterThanOrEqual(8 + 20 + 8 - 0.1);
  });

  it('lets two speakers damage each other', async () => {
    const delays = [0, 70, 5];
    const { ask, server, all } = serve({ characterUs: 5000, turnaroundMs: 5, burst: 2 }, (unit, pdu) => ({
      kind: 'reply',
      pdu,
      delayMs: delays[unit] ?? 0,
    }));
    // On the wire until 40 and 80 ms; answered at 110 and 85 ms, each for 40 ms.
    ask(request);
    ask(rtuFrame(2, Uint8Array.of(3, 0, 0, 0, 2)));
    await sleep(220);
    expect(server.counts.collisions).toBe(2);
    expect(all()).toHaveLength(16);
    expect(all().slice(-2)).not.toEqual([...request].slice(-2));
  });

  it('does not understand a master that speaks into a reply', async () => {
    const { ask, server } = serve({ characterUs: 20_000, turnaroundMs: 5, burst: 2 }, same);
    ask(request);
    await sleep(160 + 60);
    ask(request);
    await sleep(200);
    expect(server.counts).toMatchObject({ requests: 1, replies: 1, collisions: 2 });
  });
});
