import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';
import { urlOf } from './queue-support.ts';

export interface Wire {
  readonly url: string;
  cut(): Promise<void>;
  /** Keeps the connections and passes nothing on, as a firewall that has forgotten them. */
  hush(): Promise<void>;
  /** Also to another server, which then seems to have the address of the first. */
  mend(target?: string): Promise<void>;
  end(): Promise<void>;
}

/** A TCP relay in front of the server: cut, it refuses connections and has dropped those that were there. */
export async function cutWire(target: string): Promise<Wire> {
  let { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const relay = (near: Socket) => {
    const far = createConnection(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  };
  let server: Server | undefined = createServer(relay).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = (server.address() as AddressInfo).port;
  const cut = async () => {
    const closing = server;
    server = undefined;
    if (!closing) return;
    const closed = once(closing, 'close');
    closing.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return {
    url: urlOf(target, { port: own }),
    cut,
    hush: async () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: async (other = target) => {
      ({ hostname, port } = new URL(other));
      server = createServer(relay).listen(own, '127.0.0.1');
      await once(server, 'listening');
    },
    end: cut,
  };
}
