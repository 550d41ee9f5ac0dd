import type { Socket } from 'node:net';
import { mbapFrame, readMbap } from '../mbap.ts';
import type { WireClock } from '../moment.ts';
import type { Handler, ServerCounts, ServerTiming } from './answer.ts';
import { PacedLine } from './paced-line.ts';

interface MbapServerOptions {
  readonly handler: Handler;
  readonly timing: ServerTiming;
  readonly clock: WireClock;
  readonly closeAfterReply?: boolean;
}

/** Answers one connection, one request after the other, as a gateway to a serial line does. */
export function serveMbap(socket: Socket, options: MbapServerOptions, counts: ServerCounts): void {
  const { timing } = options;
  const line = new PacedLine(options.clock, 0, undefined, (bytes) => {
    if (socket.writable) socket.write(bytes);
  });
  let stream = new Uint8Array(0);
  let busy: Promise<void> = Promise.resolve();

  const answer = async (transaction: number, unit: number, pdu: Uint8Array, cameUs: number) => {
    counts.requests++;
    const answered = await options.handler(unit, pdu, transaction);
    if (answered.kind === 'silence') return;
    const bytes = answered.kind === 'raw' ? answered.bytes : mbapFrame(transaction, unit, answered.pdu);
    // On the wire behind a gateway both frames are RTU: unit and checksum around the PDU.
    const wire = (pdu.length + 3 + bytes.length - 4) * timing.characterUs;
    const atUs = cameUs + wire + 1000 * (answered.delayMs ?? timing.turnaroundMs);
    await line.pause(atUs);
    await line.speak(bytes, atUs);
    counts.replies++;
    if (options.closeAfterReply) socket.end();
  };

  socket.on('close', () => line.close());
  socket.on('data', (chunk: Uint8Array) => {
    const cameUs = line.nowUs();
    stream = Uint8Array.from([...stream, ...chunk]);
    for (;;) {
      const frame = readMbap(stream);
      if (frame.kind === 'more') return;
      if (frame.kind === 'lost') {
        counts.damaged++;
        socket.destroy();
        return;
      }
      stream = stream.slice(frame.length);
      busy = busy.then(() => answer(frame.transaction, frame.unit, frame.pdu, cameUs));
    }
  });
}
