import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

// Publishers of the ingest benchmark, in a process of their own: packets were sealed and framed beforehand, so that
// what is measured is the hub. One line on stdin starts them; one line on stdout tells what was seen.

interface Publisher {
  readonly user: string;
  readonly password: string;
  /** Framed PUBLISH packets, QoS 1, one behind the other: lengths and bytes. */
  readonly lengths: readonly number[];
  readonly offset: number;
  /** One packet every so often, whether or not those before were acknowledged; else as fast as the window lets. */
  readonly paced?: { readonly everyMs: number; readonly afterMs: number };
}

interface Plan {
  readonly port: number;
  readonly window: number;
  readonly publishers: readonly Publisher[];
}

const [planFile = '', bytesFile = ''] = process.argv.slice(2);
const plan = JSON.parse(readFileSync(planFile, 'utf8')) as Plan;
const bytes = readFileSync(bytesFile);

const text = (value: string): Buffer => {
  const body = Buffer.from(value);
  const head = Buffer.alloc(2);
  head.writeUInt16BE(body.length);
  return Buffer.concat([head, body]);
};

/** MQTT 3.1.1, clean session off as the contract wants it. */
function connectPacket({ user, password }: Publisher): Buffer {
  const named = user !== '';
  const flags = named ? 0xc0 : 0x02;
  const body = Buffer.concat([
    text('MQTT'),
    Buffer.from([4, flags, 0, 120]),
    text(named ? user : `anybody${Math.random()}`),
    ...(named ? [text(user), text(password)] : []),
  ]);
  // Between 128 and 16 383 bytes, or less: then the second length byte is not there.
  const length = body.length < 128 ? [body.length] : [(body.length % 128) | 0x80, body.length >> 7];
  return Buffer.concat([Buffer.from([0x10, ...length]), body]);
}

const CONNACK_BYTES = 4;
const ACK_BYTES = 4;

class Line {
  readonly publisher: Publisher;
  readonly socket: Socket;
  /** Milliseconds from the moment at which each packet was due to its acknowledgement. */
  readonly latencies: number[] = [];
  acked = 0;
  readonly #due: number[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #isConnected = false;
  #sent = 0;
  #at: number;
  #connected = () => {};
  #done = () => {};

  constructor(publisher: Publisher) {
    this.publisher = publisher;
    this.#at = publisher.offset;
    this.socket = connect({ port: plan.port, host: '127.0.0.1', noDelay: true });
    this.socket.on('error', (error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    });
  }

  ready(): Promise<void> {
    this.socket.on('data', (data) => this.#heard(data));
    this.socket.write(connectPacket(this.publisher));
    return new Promise((resolve) => {
      this.#connected = resolve;
    });
  }

  run(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve;
      const { paced } = this.publisher;
      if (paced) setTimeout(() => this.#pace(performance.now(), paced.everyMs), paced.afterMs);
      else this.#fill();
    });
  }

  /** Only acknowledgements come: the client subscribes to nothing. */
  #heard(data: Buffer): void {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, data]) : data;
    if (!this.#isConnected) {
      if (this.#rest.length < CONNACK_BYTES) return;
      if (this.#rest[3] !== 0) throw new Error(`refused: ${this.#rest.toString('hex')}`);
      this.#rest = this.#rest.subarray(CONNACK_BYTES);
      this.#isConnected = true;
      this.#connected();
    }
    const now = performance.now();
    for (; this.#rest.length >= ACK_BYTES; this.#rest = this.#rest.subarray(ACK_BYTES)) {
      this.acked += 1;
      const due = this.#due[this.#rest.readUInt16BE(2) - 1];
      if (due !== undefined) this.latencies.push(now - due);
    }
    if (this.acked >= this.publisher.lengths.length) this.#done();
    else if (!this.publisher.paced) this.#fill();
  }

  #fill(): void {
    const { lengths } = this.publisher;
    const from = this.#at;
    while (this.#sent < lengths.length && this.#sent - this.acked < plan.window) this.#next();
    if (this.#at > from) this.socket.write(bytes.subarray(from, this.#at));
  }

  /** What is late stays late: a pause of this process or of the hub counts for all that was due in it. */
  #pace(due: number, everyMs: number): void {
    const from = this.#at;
    this.#due[this.#sent] = due;
    this.#next();
    this.socket.write(bytes.subarray(from, this.#at));
    if (this.#sent >= this.publisher.lengths.length) return;
    setTimeout(() => this.#pace(due + everyMs, everyMs), Math.max(0, due + everyMs - performance.now()));
  }

  #next(): void {
    this.#at += this.publisher.lengths[this.#sent] ?? 0;
    this.#sent += 1;
  }
}

const lines = plan.publishers.map((publisher) => new Line(publisher));
await Promise.all(lines.map((line) => line.ready()));
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const since = performance.now();
const paced = lines.filter(({ publisher }) => publisher.paced);
const runs = new Map(lines.map((line) => [line, line.run()]));
// Whoever drains does so for as long as the paced ones are at it.
await Promise.all((paced.length > 0 ? paced : lines).map((line) => runs.get(line)));
const seen = {
  ms: performance.now() - since,
  latencies: paced.flatMap(({ latencies }) => latencies),
  unpaced: lines.filter((line) => !paced.includes(line)).reduce((sum, { acked }) => sum + acked, 0),
};
// A pipe takes more than it holds only bit by bit: the process must not end before.
process.stdout.write(`${JSON.stringify(seen)}\n`, () => process.exit(0));
