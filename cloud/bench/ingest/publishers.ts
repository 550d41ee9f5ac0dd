import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

// Publishers of the ingest benchmark, in a process of their own: packets were sealed and framed beforehand, so that
// what is measured is the hub. One line on stdin starts them; one line on stdout tells the milliseconds.

interface Publisher {
  readonly user: string;
  readonly password: string;
  /** Framed PUBLISH packets, QoS 1, one behind the other: lengths and bytes. */
  readonly lengths: readonly number[];
  readonly offset: number;
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
const PUBACK_BYTES = 4;

class Line {
  readonly publisher: Publisher;
  readonly socket: Socket;
  #seen = 0;
  #acked = 0;
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
      this.#fill();
    });
  }

  /** Only acknowledgements come: the client subscribes to nothing. */
  #heard(data: Buffer): void {
    const before = this.#seen;
    this.#seen += data.length;
    if (before < CONNACK_BYTES && this.#seen >= CONNACK_BYTES) {
      if (data[3 - before] !== 0) throw new Error(`refused: ${data.toString('hex')}`);
      this.#connected();
    }
    this.#acked = Math.max(0, Math.floor((this.#seen - CONNACK_BYTES) / PUBACK_BYTES));
    if (this.#acked >= this.publisher.lengths.length) this.#done();
    else this.#fill();
  }

  #fill(): void {
    const { lengths } = this.publisher;
    const from = this.#at;
    while (this.#sent < lengths.length && this.#sent - this.#acked < plan.window) {
      this.#at += lengths[this.#sent] ?? 0;
      this.#sent += 1;
    }
    if (this.#at > from) this.socket.write(bytes.subarray(from, this.#at));
  }
}

const lines = plan.publishers.map((publisher) => new Line(publisher));
await Promise.all(lines.map((line) => line.ready()));
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
const since = performance.now();
await Promise.all(lines.map((line) => line.run()));
process.stdout.write(`${performance.now() - since}\n`);
process.exit(0);
