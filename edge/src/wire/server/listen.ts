import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { WireClock } from '../moment.ts';
import { type Handler, type ServerCounts, type ServerTiming, serverCounts } from './answer.ts';
import { serveMbap } from './mbap-server.ts';
import { RtuServer } from './rtu-server.ts';

export interface ListenOptions {
  readonly handler: Handler;
  readonly timing: ServerTiming;
  readonly clock: WireClock;
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port?: number;
  /** As some converters do. */
  readonly closeAfterReply?: boolean;
  readonly echo?: boolean;
}

export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly counts: ServerCounts;
  /** Breaks all connections and goes on listening. */
  disconnect(): void;
  close(): Promise<void>;
}

/** A converter with meters behind it. */
export function listenRtuOverTcp(options: ListenOptions): Promise<Listening> {
  return listen(options, (socket, counts) => {
    new RtuServer(socket, {
      ...options,
      counts,
      replied: () => {
        if (options.closeAfterReply) socket.end();
      },
    });
  });
}

/** A Modbus TCP server, or a gateway with meters behind it. */
export function listenModbusTcp(options: ListenOptions): Promise<Listening> {
  return listen(options, (socket, counts) => serveMbap(socket, options, counts));
}

function listen(
  options: ListenOptions,
  serve: (socket: Socket, counts: ServerCounts) => void,
): Promise<Listening> {
  const counts = serverCounts();
  const sockets = new Set<Socket>();
  const disconnect = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    serve(socket, counts);
  });
  const host = options.host ?? '127.0.0.1';
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, () => {
      const { port } = server.address() as AddressInfo;
      resolve({ host, port, counts, disconnect, close: () => close(server, disconnect) });
    });
  });
}

function close(server: Server, disconnect: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    disconnect();
  });
}
