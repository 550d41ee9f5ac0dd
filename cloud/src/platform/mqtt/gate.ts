import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { ByteBudget } from './byte-budget.ts';
import { FrameScanner, PUBLISH } from './frame-scanner.ts';
import type { MqttRefusal } from './mqtt-door.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Of anything but a PUBLISH: a CONNECT with a will, a SUBSCRIBE with a dozen filters. */
const SMALL_PACKET_BYTES = 16_384;
/** Packets beyond this count against the budget that all connections share. */
const LARGE_PACKET_BYTES = 65_536;

export interface GateLimits {
  /** Of a PUBLISH: payload, topic and header. */
  readonly packetBytes: number;
  /** From the first byte to CONNACK. */
  readonly connectMs: number;
  /** For one packet, from its first byte to its last, while somebody takes it. */
  readonly packetMs: number;
  /** For what goes down: nothing was taken for so long. */
  readonly stallMs: number;
  /** What may wait to be taken. */
  readonly backlogBytes: number;
}

export class GateFault extends Error {
  readonly refusal: MqttRefusal;
  constructor(refusal: MqttRefusal, message: string) {
    super(message);
    this.name = 'GateFault';
    this.refusal = refusal;
  }
}

/**
 * Stands between a connection and the broker, and takes no more from it than may come in: sizes, rates, memory, time.
 * Who sends too fast is read more slowly; TCP does the rest.
 */
export class Gate extends Duplex {
  readonly socket: Socket;
  readonly #limits: GateLimits;
  readonly #budget: ByteBudget;
  readonly #now: () => number;
  readonly #scanner = new FrameScanner();
  readonly #openedAt: number;
  #rate: { readonly messages: TokenBucket; readonly bytes: TokenBucket } | undefined;
  /** Milliseconds of silence that are too many; set once the client has said its keepalive. */
  #idleMs = Number.POSITIVE_INFINITY;
  #wanted = true;
  #throttle: NodeJS.Timeout | undefined;
  #awaited: { cancel(): void } | undefined;
  #held = 0;
  #pausedAt: number | undefined;
  #heardAt: number;
  #packetAt: number;
  #stalledAt: number | undefined;
  #closing = false;

  constructor(socket: Socket, limits: GateLimits, budget: ByteBudget, now: () => number) {
    super({ allowHalfOpen: false });
    this.socket = socket;
    this.#limits = limits;
    this.#budget = budget;
    this.#now = now;
    this.#openedAt = this.#heardAt = this.#packetAt = now();
    // Whoever listens later hears of it first; without anybody it must not end the process.
    this.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('end', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.destroy());
  }

  /** Believed: from now on its own rates hold, and its keepalive. */
  admit(rate: { readonly messages: TokenBucket; readonly bytes: TokenBucket }, idleMs: number): void {
    this.#rate = rate;
    this.#idleMs = idleMs;
    this.#heardAt = this.#now();
  }

  /** A large packet was dealt with: its bytes are free for others. */
  done(packetBytes: number): void {
    if (packetBytes <= LARGE_PACKET_BYTES || this.#held === 0) return;
    const part = Math.min(packetBytes, this.#held);
    this.#held -= part;
    this.#budget.give(part);
  }

  /** Nothing more is taken; what was is dealt with. */
  close(): void {
    this.#closing = true;
    this.#flow();
  }

  /** Called every second: whether it has been waited for long enough. */
  tick(): void {
    const now = this.#now();
    if (this.#rate === undefined && now - this.#openedAt > this.#limits.connectMs)
      this.#end('not-authenticated', 'it did not connect in time');
    this.#tickDown(now);
    this.#tickUp(now);
  }

  #tickUp(now: number): void {
    // What we do not read cannot arrive.
    if (this.#pausedAt !== undefined) return;
    if (now - this.#heardAt > this.#idleMs) this.#end('keepalive', 'it was silent for too long');
    else if (this.#scanner.pending && now - this.#packetAt > this.#limits.packetMs)
      this.#end('too-slow', 'a packet took too long to arrive');
  }

  #tickDown(now: number): void {
    if (this.writableLength === 0) {
      this.#stalledAt = undefined;
      return;
    }
    this.#stalledAt ??= now;
    const waits = this.writableLength + this.socket.writableLength;
    if (waits > this.#limits.backlogBytes || now - this.#stalledAt > this.#limits.stallMs)
      this.#end('too-slow', 'it does not take what is sent to it');
  }

  #take(chunk: Buffer): void {
    const now = this.#now();
    this.#heardAt = now;
    let packets = 0;
    let fault: GateFault | undefined;
    const fits = this.#scanner.scan(
      chunk,
      (type, bytes) => {
        packets += 1;
        this.#packetAt = now;
        const most =
          type === PUBLISH && this.#rate !== undefined ? this.#limits.packetBytes : SMALL_PACKET_BYTES;
        if (bytes > most)
          fault = new GateFault('packet-too-large', `a packet of ${bytes} bytes, at most ${most}`);
        else if (bytes > LARGE_PACKET_BYTES) this.#reserve(bytes);
        return fault === undefined;
      },
      () => {},
    );
    if (!fits) {
      const error = fault ?? new GateFault('malformed', 'the length of a packet is none');
      this.destroy(error);
      return;
    }
    this.#wanted = this.push(chunk);
    this.#pay(packets, chunk.length, now);
    this.#flow();
  }

  #reserve(bytes: number): void {
    const asked = this.#budget.take(bytes, () => {
      this.#awaited = undefined;
      this.#held += bytes;
      this.#flow();
    });
    if (asked.taken) this.#held += bytes;
    else this.#awaited = asked;
  }

  #pay(packets: number, bytes: number, now: number): void {
    if (!this.#rate) return;
    const wait = Math.max(this.#rate.messages.spend(packets, now), this.#rate.bytes.spend(bytes, now));
    if (wait <= 0 || this.#throttle) return;
    this.#throttle = setTimeout(() => {
      this.#throttle = undefined;
      this.#flow();
    }, wait);
  }

  #flow(): void {
    const hold =
      !this.#wanted || this.#throttle !== undefined || this.#awaited !== undefined || this.#closing;
    if (hold === (this.#pausedAt !== undefined) || this.destroyed) return;
    const now = this.#now();
    if (hold) {
      this.#pausedAt = now;
      this.socket.pause();
      return;
    }
    // The time that it was not listened to does not count against it.
    this.#packetAt += now - (this.#pausedAt ?? now);
    this.#heardAt = now;
    this.#pausedAt = undefined;
    this.socket.resume();
  }

  /** Something went down: whoever takes a little is slow, and not stalled. */
  #taken(done: (error?: Error | null) => void): (error?: Error | null) => void {
    return (error) => {
      this.#stalledAt = undefined;
      done(error);
    };
  }

  #end(refusal: MqttRefusal, why: string): void {
    this.destroy(new GateFault(refusal, why));
  }

  override _read(): void {
    this.#wanted = true;
    this.#flow();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, this.#taken(done));
  }

  /** What has gathered while the line was busy goes in one piece. */
  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), this.#taken(done));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#throttle);
    this.#awaited?.cancel();
    if (this.#held > 0) this.#budget.give(this.#held);
    this.#held = 0;
    this.socket.destroy();
    done(error);
  }
}
