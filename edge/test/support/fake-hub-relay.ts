import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../../scripts/stack/process.ts';

/**
 * A piece of network between the gateway and its broker: on one port for good, whatever becomes of the broker behind
 * it. It can be cut, and it counts the bytes that really passed.
 */
export class Relay {
  readonly port: number;
  private target: number;
  private server: Server | undefined;
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private readonly nears = new Set<Socket>();
  up = 0;
  down = 0;
  connections = 0;
  /** Accepts, and says nothing. */
  mute = false;

  private constructor(port: number, target: number) {
    this.port = port;
    this.target = target;
  }

  static async to(url: string): Promise<Relay> {
    const relay = new Relay(await freePort(), Number(new URL(url).port));
    await relay.open();
    return relay;
  }

  async open(): Promise<void> {
    if (this.server) return;
    const server = createServer((near) => this.pair(near));
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
  }

  /** The broker is gone: connections end, new ones are refused. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    this.drop();
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  /** Connections end; new ones are welcome. */
  drop(): void {
    for (const [near, far] of this.pairs) {
      near.destroy();
      far.destroy();
    }
    this.pairs.clear();
    for (const near of this.nears) near.destroy();
  }

  retarget(url: string): void {
    this.target = Number(new URL(url).port);
  }

  private pair(near: Socket): void {
    this.connections += 1;
    near.on('error', () => {});
    this.nears.add(near);
    near.on('close', () => this.nears.delete(near));
    if (this.mute) return;
    const far = connect({ host: '127.0.0.1', port: this.target });
    const pair = [near, far] as const;
    this.pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      this.pairs.delete(pair);
    };
    near.on('data', (chunk: Buffer) => {
      this.up += chunk.length;
    });
    far.on('data', (chunk: Buffer) => {
      this.down += chunk.length;
    });
    near.pipe(far);
    far.pipe(near);
    far.on('error', end);
    near.on('close', end);
    far.on('close', end);
  }
}
