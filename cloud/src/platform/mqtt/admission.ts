import { TLSSocket } from 'node:tls';
import type { Client, ConnectPacket } from 'aedes';
import type { Clock } from '../../kernel/clock.ts';
import type { Connection } from './connection.ts';
import type { EmbeddedLimits } from './embedded-broker.ts';
import type { MqttDoorHandlers, MqttPrincipal, MqttRefusal, Presented } from './mqtt-door.ts';
import { certificateOf } from './peer-certificate.ts';
import { TokenBucket } from './token-bucket.ts';

/** CONNACK return codes (MQTT 3.1.1, table 3.1). */
const RETURN = { clientId: 2, unavailable: 3, credentials: 4, unknown: 5 } as const;

export class TurnedAway extends Error {
  readonly returnCode: number;
  readonly refusal: MqttRefusal;
  constructor(refusal: MqttRefusal, returnCode: number, message: string) {
    super(message);
    this.name = 'TurnedAway';
    this.refusal = refusal;
    this.returnCode = returnCode;
  }
}

interface Rate {
  readonly messages: TokenBucket;
  readonly bytes: TokenBucket;
  readonly connects: TokenBucket;
}

/** Who may come in, and how fast from then on. Rates belong to the name: a new connection does not begin afresh. */
export class Admission {
  readonly #limits: EmbeddedLimits;
  readonly #handlers: MqttDoorHandlers;
  readonly #clock: Clock;
  readonly #rates = new Map<string, Rate>();

  constructor(limits: EmbeddedLimits, handlers: MqttDoorHandlers, clock: Clock) {
    this.#limits = limits;
    this.#handlers = handlers;
    this.#clock = clock;
  }

  /** Throws TurnedAway. What it throws else is trouble of the hub's own, and no fault of the client. */
  async admit(
    connection: Connection,
    { id }: Pick<Client, 'id'>,
    username: string | undefined,
    password: Buffer | undefined,
  ): Promise<MqttPrincipal> {
    const presented = this.#presented(connection, id, username, password);
    const principal = await this.#handlers.authenticate(presented);
    if (!principal) {
      const [code, what] = presented.certificate
        ? ([RETURN.unknown, 'its certificate is not one that is in use'] as const)
        : ([RETURN.credentials, 'unknown name or token'] as const);
      throw new TurnedAway('not-authenticated', code, what);
    }
    if (principal.name !== id)
      throw new TurnedAway('client-id', RETURN.clientId, 'the client id must be its own name');
    this.#checkWill(principal, connection.packet);
    const rate = this.#rateOf(principal.name);
    if (!rate.connects.take(1, this.#clock.monotonicMs()))
      throw new TurnedAway('too-many-connects', RETURN.unavailable, 'it connects too often');
    connection.gate.admit(rate, this.#idleMs(connection.packet));
    return principal;
  }

  sweep(): void {
    const now = this.#clock.monotonicMs();
    for (const [name, { messages, bytes, connects }] of this.#rates)
      if (messages.isFull(now) && bytes.isFull(now) && connects.isFull(now)) this.#rates.delete(name);
  }

  #presented(
    { gate, address }: Connection,
    clientId: string,
    username: string | undefined,
    password: Buffer | undefined,
  ): Presented {
    const said = { clientId, address, ...(username !== undefined && { username }) };
    const { socket } = gate;
    const peer =
      socket instanceof TLSSocket
        ? certificateOf(socket, this.#clock.now().epochMilliseconds)
        : ({ state: 'none' } as const);
    if (peer.state === 'verified') return { ...said, certificate: peer.certificate };
    if (peer.state === 'refused')
      throw new TurnedAway('certificate-refused', RETURN.unknown, `its certificate: ${peer.because}`);
    if (password === undefined)
      throw new TurnedAway('not-authenticated', RETURN.credentials, 'neither certificate nor token');
    return { ...said, password };
  }

  #checkWill(principal: MqttPrincipal, packet: ConnectPacket | undefined): void {
    const topic = packet?.will?.topic;
    if (topic === undefined || this.#handlers.mayPublish(principal, topic)) return;
    throw new TurnedAway('will', RETURN.unknown, `its will is for ${topic.slice(0, 80)}`);
  }

  /** Half as long again as it has promised (§3.1.2.10); who promises nothing is held to the longest there is. */
  #idleMs(packet: ConnectPacket | undefined): number {
    const { keepaliveSeconds: most } = this.#limits;
    return Math.min(packet?.keepalive || most, most) * 1_500;
  }

  #rateOf(name: string): Rate {
    const known = this.#rates.get(name);
    if (known) return known;
    const { messagesPerSecond: messages, bytesPerSecond: bytes, connectsPerMinute: connects } = this.#limits;
    const now = this.#clock.monotonicMs();
    const rate = {
      messages: new TokenBucket(messages, messages * 5, now),
      bytes: new TokenBucket(bytes, bytes * 5, now),
      connects: new TokenBucket(connects / 60, connects, now),
    };
    this.#rates.set(name, rate);
    return rate;
  }
}
