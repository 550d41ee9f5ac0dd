import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import type { GatewayId } from '@meterline/contracts';
import type { TlsCredentials } from '../enrol/credentials.ts';
import { bad, type Finding, ok, warn } from './finding.ts';
import { connectProblem, reasonOf } from './ports.ts';

const TLS_MS = 8_000;

export interface BrokerCheck {
  readonly url: string;
  readonly gateway: GatewayId;
  readonly credentials: TlsCredentials;
}

/** Name, port, TLS, credentials: step by step, so that the one that fails is named. */
export async function brokerFindings({ url, gateway, credentials }: BrokerCheck): Promise<Finding[]> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'mqtts:') return [bad('broker', `${url} is not mqtts://host:port`, 'enrol again')];
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(parsed.port) || 8_883;
  const address = await lookup(host).catch((error: Error) => error);
  if (address instanceof Error) {
    return [
      bad(
        'broker',
        `${host} ${reasonOf(address)}`,
        'is the gateway online, and does its name server answer? try: getent hosts example.org',
      ),
    ];
  }
  const refused = await connectProblem(host, port);
  if (refused !== null) {
    return [
      bad(
        'broker',
        `${host}:${port} (${address.address}) ${refused}`,
        `let TCP port ${port} out of the building's network`,
      ),
    ];
  }
  return [
    ok('broker', `${host}:${port} (${address.address}) answers`),
    await handshake(host, port, gateway, credentials),
  ];
}

type Answer =
  | { readonly is: 'connack'; readonly code: number }
  | { readonly is: 'failed'; readonly error: Error; readonly secured: boolean };

async function handshake(
  host: string,
  port: number,
  gateway: GatewayId,
  credentials: TlsCredentials,
): Promise<Finding> {
  const answer = await ask(host, port, gateway, credentials);
  if (answer.is === 'connack') {
    if (answer.code === 0) return ok('broker', 'TLS and certificate are accepted');
    // Another client id than the agent's, so as not to throw the agent out: some brokers mind that.
    if (answer.code === 2)
      return warn(
        'broker',
        'TLS is accepted; the broker lets no second client in, so the rest cannot be tried',
        'look at meterline-edge status',
      );
    return bad(
      'broker',
      `the broker does not let this gateway in (code ${answer.code})`,
      'was it revoked? ask whoever manages the building, or enrol again',
    );
  }
  const code = 'code' in answer.error ? String(answer.error.code) : '';
  if (answer.secured)
    return bad(
      'broker',
      `the broker refuses the certificate (${answer.error.message})`,
      'was it revoked, or is the clock wrong? else enrol again',
    );
  if (/CERT|SELF_SIGNED|ISSUER|UNABLE_TO|ALTNAME/.test(code)) {
    return bad(
      'broker',
      `another server answers than the one that was pinned (${code})`,
      'is there a proxy that opens TLS? a new hub needs a new enrolment',
    );
  }
  return bad(
    'broker',
    `TLS fails (${answer.error.message || code})`,
    'something between gateway and hub disturbs TLS: ask for the port to be let through',
  );
}

function ask(
  host: string,
  port: number,
  gateway: GatewayId,
  { key, cert, ca }: TlsCredentials,
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  let secured = false;
  const socket: TLSSocket = tlsConnect(
    { host, port, key, cert, ca: [...ca], servername: host, minVersion: 'TLSv1.2' },
    () => {
      secured = true;
      socket.write(connectPacket(`${gateway}-doctor`));
    },
  );
  const fail = (error: Error) => resolve({ is: 'failed', error, secured });
  socket.setTimeout(TLS_MS, () => fail(new Error('no answer in time')));
  socket.on('error', fail);
  // With TLS 1.3 a refused client certificate comes after the handshake.
  socket.on('close', () => fail(new Error('the connection was closed')));
  socket.once('data', (bytes: Buffer) =>
    resolve(
      bytes[0] === 0x20
        ? { is: 'connack', code: bytes[3] ?? 255 }
        : { is: 'failed', error: new Error('what answers is no MQTT broker'), secured: false },
    ),
  );
  return promise.finally(() => end(socket));
}

const end = (socket: Socket): void => {
  socket.removeAllListeners();
  socket.on('error', () => undefined);
  socket.destroy();
};

/** MQTT 3.1.1, CONNECT with a clean session and nothing else. */
function connectPacket(client: string): Buffer {
  const id = Buffer.from(client);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(id.length);
  const body = Buffer.concat([Buffer.from('\u0000\u0004MQTT\u0004\u0002\u0000\u003c', 'latin1'), length, id]);
  return Buffer.concat([Buffer.of(0x10, body.length), body]);
}
