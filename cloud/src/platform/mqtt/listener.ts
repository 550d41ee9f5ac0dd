import { constants } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, type Server as TlsServer } from 'node:tls';
import { mqttError } from './mqtt.errors.ts';
import type { MqttRefusal } from './mqtt-door.ts';
import { TokenBucket } from './token-bucket.ts';

/** PEM. The CA is whom client certificates must be of. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export interface ListenerLimits {
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** New ones, from one address. */
  readonly connectsPerSecond: number;
  readonly handshakeMs: number;
}

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Absent: in the clear, which is for this machine only. */
  readonly tls?: TlsMaterial;
  readonly limits: ListenerLimits;
  readonly now: () => number;
  readonly connected: (socket: Socket) => void;
  readonly refused: (reason: MqttRefusal, address: string, detail: string) => void;
}

/** All listeners of a broker count together: who is kept out at one door shall not come in at the other. */
export class Crowd {
  total = 0;
  readonly #byAddress = new Map<string, { open: number; connects: TokenBucket }>();

  /** Says why not, or that it is in. */
  enter(address: string, limits: ListenerLimits, now: number): MqttRefusal | undefined {
    const one = this.#byAddress.get(address) ?? {
      open: 0,
      connects: new TokenBucket(limits.connectsPerSecond, limits.connectsPerSecond * 5, now),
    };
    this.#byAddress.set(address, one);
    if (!one.connects.take(1, now)) return 'too-many-connects';
    if (this.total >= limits.connections || one.open >= limits.connectionsPerAddress)
      return 'too-many-connections';
    this.total += 1;
    one.open += 1;
    return undefined;
  }

  leave(address: string): void {
    this.total -= 1;
    const one = this.#byAddress.get(address);
    if (one) one.open -= 1;
  }

  sweep(now: number): void {
    for (const [address, { open, connects }] of this.#byAddress)
      if (open === 0 && connects.isFull(now)) this.#byAddress.delete(address);
  }
}

/** One port. A connection is counted before a byte of TLS is spent on it. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #crowd: Crowd;
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  readonly #open = new Set<Socket>();

  constructor(options: ListenerOptions, crowd: Crowd) {
    this.#options = options;
    this.#crowd = crowd;
    this.#tls = options.tls && this.#secure(options.tls);
    this.#server = createServer({ noDelay: true, pauseOnConnect: false }, (socket) => this.#accept(socket));
  }

  async listen(): Promise<number> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(explain(error, host, port)));
      this.#server.listen({ host, port }, resolve);
    });
    this.#server.removeAllListeners('error');
    this.#server.on('error', () => {});
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  /** For those who connect from now on; who is connected stays so. */
  use(tls: TlsMaterial): void {
    this.#tls?.setSecureContext(contextOf(tls));
  }

  /** Nobody new. */
  stopListening(): void {
    this.#server.close();
  }

  close(): void {
    this.stopListening();
    for (const socket of this.#open) socket.destroy();
  }

  #accept(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const refusal = this.#crowd.enter(address, this.#options.limits, this.#options.now());
    if (refusal) {
      socket.destroy();
      this.#options.refused(refusal, address, 'before it said anything');
      return;
    }
    this.#open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#crowd.leave(address);
    });
    if (this.#tls) this.#tls.emit('connection', socket);
    else this.#options.connected(socket);
  }

  #secure(tls: TlsMaterial): TlsServer {
    const server = createTlsServer({
      ...contextOf(tls),
      // A client without a certificate may have a token; one with a bad certificate is told so by the broker.
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      // A resumed session would bring a certificate that nobody has looked at again.
      secureOptions: constants.SSL_OP_NO_TICKET,
      handshakeTimeout: this.#options.limits.handshakeMs,
    });
    server.on('secureConnection', (socket) => this.#options.connected(socket));
    server.on('tlsClientError', (error, socket) => {
      const reason = 'code' in error && error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' ? 'too-slow' : 'malformed';
      this.#options.refused(reason, socket.remoteAddress ?? '', `TLS: ${error.message}`.slice(0, 120));
      socket.destroy();
    });
    return server;
  }
}

const contextOf = ({ cert, key, ca }: TlsMaterial): TlsOptions => ({ cert, key, ca });

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const why =
    error.code === 'EADDRINUSE'
      ? 'is taken by another process; set mqtt.port to a free one, or end that process'
      : error.code === 'EACCES'
        ? 'may not be used by this user; set mqtt.port to 1024 or above'
        : `cannot be listened on: ${error.message}`;
  return mqttError('mqtt_port_taken', { message: `MQTT port ${port} on ${host} ${why}`, cause: error });
}
