import { isIP, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls';

export interface Broker {
  /** `mqtts://host:port`; `mqtt://` only to this machine, or where `plain` says that the network is trusted. */
  readonly url: string;
  readonly plain?: boolean;
  /** For simple brokers that know no client certificates; the user name is the gateway id. */
  readonly token?: string;
  /** PEM. The CA that was pinned at enrolment; no other is believed. */
  readonly ca: readonly string[];
  /** PEM. Server certificates that were withdrawn. */
  readonly crl?: readonly string[];
  /** Where the name in the certificate is another than the host of the URL. */
  readonly serverName?: string;
}

/** PEM. The key is the gateway's own. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
  readonly fingerprint: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export function addressOf({ url, plain = false }: Pick<Broker, 'url' | 'plain'>): Address {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const secure = parsed?.protocol === 'mqtts:';
  if (!parsed || !(secure || parsed.protocol === 'mqtt:') || parsed.hostname === '') {
    throw new TypeError(`broker: ${url} must be mqtts://host:port`);
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!secure && !plain && !isLoopback(host)) {
    throw new TypeError(`broker: ${url} would send everything in the clear; use mqtts://`);
  }
  return { host, port: Number(parsed.port) || (secure ? 8883 : 1883), secure };
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

export interface Line {
  /** What MQTT is spoken on. */
  readonly stream: Duplex;
  /** Bytes on the TCP connection, TLS included. */
  bytes(): { sent: number; received: number };
  destroy(): void;
  onError(listener: (error: Error) => void): void;
}

/** The TCP socket is made here, and not by TLS, because its counters know the bytes that the SIM card is charged for. */
export function openLine(broker: Broker, credentials: Credentials | undefined): Line {
  const { host, port, secure } = addressOf(broker);
  const socket = new Socket();
  socket.setNoDelay(true);
  // A dead peer behind a NAT is noticed by MQTT's own keep-alive.
  socket.setKeepAlive(false);
  const stream = secure ? tlsConnect({ socket, ...tlsOptions(broker, host, credentials) }) : socket;
  const listeners: ((error: Error) => void)[] = [];
  const tell = (error: Error) => {
    for (const listener of listeners) listener(error);
  };
  socket.on('error', tell);
  if (stream !== socket) {
    stream.on('error', tell);
    socket.on('close', () => stream.destroy());
  }
  socket.connect({ host, port });
  return {
    stream,
    bytes: () => ({ sent: socket.bytesWritten, received: socket.bytesRead }),
    destroy: () => {
      stream.destroy();
      socket.destroy();
    },
    onError: (listener) => listeners.push(listener),
  };
}

function tlsOptions(
  { ca, crl, serverName }: Broker,
  host: string,
  credentials: Credentials | undefined,
): ConnectionOptions {
  const name = serverName ?? host;
  return {
    ca: [...ca],
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    host: name,
    ...(isIP(name) ? {} : { servername: name }),
    ...(crl ? { crl: [...crl] } : {}),
    ...(credentials ? { cert: credentials.cert, key: credentials.key } : {}),
  };
}
