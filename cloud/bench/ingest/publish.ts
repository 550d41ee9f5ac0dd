import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('publishers.ts', import.meta.url));

export interface Load {
  readonly user: string;
  readonly password: string;
  readonly topic: string;
  readonly payloads: readonly Buffer[];
  /** One message every so often instead of as fast as the window lets. */
  readonly paced?: { readonly everyMs: number; readonly afterMs: number };
}

/** One PUBLISH packet of QoS 1. */
function frame(topic: string, payload: Buffer, id: number): Buffer {
  const name = Buffer.from(topic);
  let left = 2 + name.length + 2 + payload.length;
  const length: number[] = [];
  do {
    length.push((left % 128) | (left >= 128 ? 0x80 : 0));
    left = Math.floor(left / 128);
  } while (left > 0);
  const head = Buffer.alloc(1 + length.length + 2);
  head[0] = 0x32;
  head.set(length, 1);
  head.writeUInt16BE(name.length, 1 + length.length);
  return Buffer.concat([head, name, Buffer.from([id >> 8, id & 0xff]), payload]);
}

export interface Seen {
  /** From the first publish to the last PUBACK (of the paced ones, where there are any). */
  readonly ms: number;
  /** Of the paced ones: milliseconds from the moment at which a message was due to its PUBACK. */
  readonly latencies: readonly number[];
  /** Messages of the others that were acknowledged. */
  readonly unpaced: number;
}

/** Publishers that stand connected in a process of their own. */
export async function preparePublishers(port: number, loads: readonly Load[], window: number) {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-bench-'));
  const packets: Buffer[] = [];
  let offset = 0;
  const publishers = loads.map(({ user, password, topic, payloads, paced }) => {
    const begin = offset;
    const lengths = payloads.map((payload, i) => {
      const packet = frame(topic, payload, (i % 65_535) + 1);
      packets.push(packet);
      offset += packet.length;
      return packet.length;
    });
    return { user, password, lengths, offset: begin, ...(paced && { paced }) };
  });
  const [plan, bytes] = [join(folder, 'plan.json'), join(folder, 'packets')];
  writeFileSync(plan, JSON.stringify({ port, window, publishers }));
  writeFileSync(bytes, Buffer.concat(packets));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, plan, bytes], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return {
    async run(): Promise<Seen> {
      child.stdin.write('go\n');
      const { value } = await lines.next();
      rmSync(folder, { recursive: true, force: true });
      if (value === undefined) throw new Error('the publishers ended before their time');
      return JSON.parse(value) as Seen;
    },
  };
}
