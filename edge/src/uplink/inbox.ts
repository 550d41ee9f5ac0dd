import {
  type Command,
  type Config,
  type GatewayId,
  type HubKeys,
  type KeyRing,
  openDelivery,
  parseTopic,
  type Receipt,
  type Refusal,
  type Topic,
} from '@meterline/contracts';

export interface InboxHandlers {
  /** At once and in order; must be quick. */
  receipt(receipt: Receipt): void;
  /** What waited for a key is then looked at again. */
  keys(keys: HubKeys): void;
  /** One at a time. What it resolves to does not matter; results and reports go out by themselves. */
  config(config: Config): Promise<void> | void;
  command(command: Command): Promise<void> | void;
}

export interface InboxOptions {
  readonly gateway: GatewayId;
  readonly keys: KeyRing;
  readonly handlers: InboxHandlers;
  readonly monoMs: () => number;
  readonly log: (level: 'info' | 'warn', line: string) => void;
  /** A handler that takes longer holds up its successors, but not the connection. */
  readonly patienceMs?: number;
}

export interface Disbelieved {
  readonly channel: Topic['channel'];
  readonly reason: Refusal;
  readonly count: number;
}

const PATIENCE_MS = 2_000;
const COMMANDS_MAX = 64;
/** What is signed by a key that has not come yet. The broker promises no order between two retained messages. */
const HELD_MAX = 16;
const HELD_BYTES = 2 << 20;

/**
 * What comes down. Nothing is believed without a signature of a key of the hub, nothing is answered here, and no
 * content can stop it.
 */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #refused = new Map<string, Disbelieved>();
  #held: { topic: string; payload: Buffer }[] = [];
  #heldBytes = 0;
  #config: Config | undefined;
  #commands: Command[] = [];
  #working: Promise<void> | undefined;
  #since = 0;
  /** Topics that this contract does not know, or of another gateway. */
  strays = 0;
  /** Commands that came while too many waited. */
  dropped = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  get refused(): readonly Disbelieved[] {
    return [...this.#refused.values()];
  }

  /** Resolves when the broker may forget the message. Never rejects. */
  async receive(topicText: string, payload: Buffer): Promise<void> {
    const topic = parseTopic(topicText);
    if (topic?.gateway !== this.#options.gateway || !topic.channel.startsWith('down/')) {
      this.strays += 1;
      return;
    }
    if (this.#open(topic, topicText, payload) === 'queued') await this.#patience();
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#working) await this.#working;
  }

  #open(topic: Topic, topicText: string, payload: Buffer): 'done' | 'queued' {
    const opened = openDelivery(topicText, payload, () => this.#options.keys);
    if (!opened.ok) {
      if (opened.reason === 'unknown-key') this.#hold(topicText, payload);
      this.#disbelieve(topic.channel, opened.reason, opened.detail);
      return 'done';
    }
    const { delivery } = opened;
    if (delivery.is === 'keys') {
      this.#keys(delivery.keys);
      return 'done';
    }
    if (delivery.is !== 'message') return 'done';
    const { kind, value } = delivery.message;
    if (kind === 'receipt') this.#guard('receipt', () => this.#options.handlers.receipt(value));
    // Only the newest desired state matters.
    else if (kind === 'config') this.#config = newer(this.#config, value);
    else if (kind === 'command') this.#enqueue(value);
    if (kind !== 'config' && kind !== 'command') return 'done';
    this.#work();
    return 'queued';
  }

  #enqueue(command: Command): void {
    if (this.#commands.some(({ id }) => id === command.id)) return;
    if (this.#commands.length < COMMANDS_MAX) this.#commands.push(command);
    else this.dropped += 1;
  }

  #keys(keys: HubKeys): void {
    // A disk that would not keep them does not make them less believed.
    this.#guard('keys', () => this.#options.handlers.keys(keys));
    const held = this.#held;
    [this.#held, this.#heldBytes] = [[], 0];
    for (const { topic, payload } of held) {
      const parsed = parseTopic(topic);
      if (!parsed) continue;
      // It was too early, not wrong; if its key is still unknown it is counted anew.
      const key = `${parsed.channel} unknown-key`;
      const before = this.#refused.get(key);
      if (before && before.count > 1) this.#refused.set(key, { ...before, count: before.count - 1 });
      else this.#refused.delete(key);
      this.#open(parsed, topic, payload);
    }
  }

  /** The newest are kept: what was forged before must not keep out what is true. */
  #hold(topic: string, payload: Buffer): void {
    // A copy: the buffer is a window on whatever came with it.
    this.#held.push({ topic, payload: Buffer.from(payload) });
    this.#heldBytes += payload.length;
    while (this.#held.length > HELD_MAX || this.#heldBytes > HELD_BYTES) {
      this.#heldBytes -= this.#held.shift()?.payload.length ?? 0;
    }
  }

  #work(): void {
    if (this.#working) return;
    this.#since = this.#options.monoMs();
    this.#working = this.#next().finally(() => {
      this.#working = undefined;
      if (this.#config || this.#commands.length > 0) this.#work();
    });
  }

  async #next(): Promise<void> {
    const { handlers } = this.#options;
    // A command that was meant for the new state must find it.
    const config = this.#config;
    this.#config = undefined;
    if (config) await this.#guard('config', () => handlers.config(config));
    const command = this.#commands.shift();
    if (command) await this.#guard(`command ${command.id}`, () => handlers.command(command));
  }

  /** Counted from when the handler began that is at work: one that hangs holds up the connection once, not for each. */
  #patience(): Promise<void> {
    const { patienceMs = PATIENCE_MS } = this.#options;
    const left = patienceMs - (this.#options.monoMs() - this.#since);
    if (left <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, left);
      void this.settled().then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** A handler that fails must not take the connection with it; what it failed at is its own to report. */
  #guard(what: string, work: () => Promise<void> | void): Promise<void> {
    const failed = (error: unknown) => {
      const words = error instanceof Error ? error.message : String(error);
      this.#options.log('warn', `${what}: ${words}`);
    };
    try {
      return Promise.resolve(work()).catch(failed);
    } catch (error) {
      failed(error);
      return Promise.resolve();
    }
  }

  #disbelieve(channel: Topic['channel'], reason: Refusal, detail: string): void {
    const key = `${channel} ${reason}`;
    const before = this.#refused.get(key);
    this.#refused.set(key, { channel, reason, count: (before?.count ?? 0) + 1 });
    if (!before) this.#options.log('warn', `${channel}: not believed: ${reason}: ${detail}`);
  }
}

const newer = (waiting: Config | undefined, come: Config): Config =>
  waiting && waiting.version > come.version ? waiting : come;
