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

/** Publishers that stand connected in a process of their own; `run` answers ms from the first publish to the last PUBACK. */
export async function preparePublishers(port: number, loads: readonly Load[], window: number) {
  const folder = mkdtempSync(join(tmpdir(), 'meterline-bench-'));
  const packets: Buffer[] = [];
  let offset = 0;
  const publishers = loads.map(({ user, password, topic, payloads }) => {
    const begin = offset;
    const lengths = payloads.map((payload, i) => {
      const packet = frame(topic, payload, (i % 65_535) + 1);
      packets.push(packet);
      offset += packet.length;
      return packet.length;
    });
    return { user, password, lengths, offset: begin };
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
    async run(): Promise<number> {
      child.stdin.write('go\n');
      const { value } = await lines.next();
      rmSync(folder, { recursive: true, force: true });
      if (value === undefined) throw new Error('the publishers ended before their time');
      return Number(value);
    },
  };
}
