import {
  type Command,
  type Config,
  type ConfigReport,
  type HubKeys,
  type Receipt,
  type Result,
  type SessionId,
  type Status,
  sealMessage,
  topicOf,
} from '@meterline/contracts';
import { cadenceOf, keepAliveSeconds } from './cadence.ts';
import { type Attempt, BrokerConnection, CONNECTION_RULES, type Reloaded } from './connection.ts';
import { DataUsed } from './data-used.ts';
import { Drain } from './drain.ts';
import { Inbox } from './inbox.ts';
import { LiveWatch, type WatchOrder } from './live-watch.ts';
import { Post } from './post.ts';
import { openSession, type Session, type Traffic } from './session.ts';
import { type Online, UPLINK_SETTINGS, type UplinkOptions, type UplinkSettings } from './uplink-options.ts';

const TICK_MS = 1_000;
const CONNECT_TIMEOUT_MS = 30_000;
/** A change is said after this long, together with what changes meanwhile. */
const CHANGE_WAIT_MS = 3_000;

/**
 * The way to the hub and back. Constructing it does nothing; `start` begins to connect, `stop` says goodbye. While
 * there is no connection it costs nothing but a timer: what must not be lost is in the journal.
 */
export class Uplink {
  readonly #options: UplinkOptions;
  readonly #connection: BrokerConnection;
  readonly #drain: Drain;
  readonly #inbox: Inbox;
  readonly #live: LiveWatch;
  readonly #post = new Post();
  readonly #data: DataUsed;
  #settings: UplinkSettings;
  #traffic: Traffic | undefined;
  /** Each connect has a new one; the will was signed for it. */
  #sessionIds = new WeakMap<Session, SessionId>();
  #tick: NodeJS.Timeout | undefined;
  #statusAt = 0;
  #changedAt: number | undefined;
  #said = '';

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#settings = options.settings ?? UPLINK_SETTINGS;
    const { gateway, log, utc } = options;
    const monoMs = () => options.clock.now().mono;
    this.#data = new DataUsed(options.folder, utc);
    this.#drain = new Drain({
      gateway,
      source: options.journal,
      monoMs,
      backfillBytesPerSecond: this.#settings.backfillBytesPerSecond,
      log,
      ...(options.lanes ? { limits: options.lanes } : {}),
      ...(options.observer ? { observer: options.observer } : {}),
    });
    this.#inbox = new Inbox({ gateway, keys: options.trust.ring, monoMs, log, handlers: this.#handlers() });
    this.#live = new LiveWatch({
      gateway,
      monoMs,
      utc,
      look: (point) => options.look?.(point),
      offer: (payload) => this.#offer(payload),
      changed: (order) => {
        this.#pace();
        options.handlers.watch?.(order);
      },
    });
    this.#connection = new BrokerConnection({
      doorway: options.doorway,
      open: (attempt) => this.#open(attempt),
      monoMs,
      rules: options.rules ?? CONNECTION_RULES,
      log,
      onOpen: (session, tookOver) => this.#opened(session, tookOver),
      onLost: (session) => this.#lost(session),
    });
  }

  start(): void {
    this.apply(this.#settings);
    this.#connection.start();
    this.#tick = setInterval(() => this.#regular(), TICK_MS);
  }

  /** What the broker has not acknowledged by then goes again at the next start: it is in the journal. */
  async stop(timeoutMs: number): Promise<void> {
    clearInterval(this.#tick);
    this.#live.stop();
    const patience = Math.round(timeoutMs / 3);
    await this.#drain.stop(patience);
    const session = this.#connection.session;
    if (session) {
      this.#sendStatus(session, 'stopping');
      this.#count(session);
    }
    await this.#connection.stop(patience);
    await Promise.race([
      this.#inbox.settled(),
      new Promise((resolve) => setTimeout(resolve, patience).unref()),
    ]);
    if (session) this.#count(session);
    this.#data.save(this.#mono(), true);
  }

  apply(settings: UplinkSettings): void {
    this.#settings = settings;
    this.#drain.backfillBytesPerSecond = settings.backfillBytesPerSecond;
    this.#data.budget = settings.monthlyBytes;
    this.#pace();
  }

  /** Something was sealed: do not wait for the next look. */
  nudge(): void {
    this.#drain.nudge();
  }

  /** The network has come back, as far as the system can tell. */
  hurry(): void {
    this.#connection.hurry();
  }

  /** The doorway leads somewhere else, or with another certificate. */
  reload(timeoutMs: number): Promise<Reloaded> {
    return this.#connection.reload(timeoutMs);
  }

  report(report: ConfigReport): void {
    this.#send('config-report', 'up/status', sealMessage('config-report', report, this.#options.signer));
  }

  result(result: Result): void {
    const sealed = sealMessage('result', result, this.#options.signer);
    this.#send(`result ${result.command}`, 'up/result', sealed);
  }

  /** Something that belongs into the status has changed. */
  statusChanged(): void {
    this.#changedAt ??= this.#mono();
  }

  watch(order: WatchOrder): boolean {
    return this.#live.start(order);
  }

  get state() {
    const { session, fault, attempts } = this.#connection;
    return {
      connected: session !== undefined,
      problem: fault?.message ?? null,
      attempts,
      drain: this.#drain.state,
      data: this.#data.state(),
      watch: this.#live.order ?? null,
      live: { sent: this.#live.sent, dropped: this.#live.dropped },
      post: { waiting: this.#post.waiting, dropped: this.#post.dropped },
      refused: this.#inbox.refused,
      strays: this.#inbox.strays,
      commandsDropped: this.#inbox.dropped,
    };
  }

  #mono(): number {
    return this.#options.clock.now().mono;
  }

  #handlers() {
    const { trust, handlers, log } = this.#options;
    return {
      receipt: (receipt: Receipt) => this.#receipt(receipt),
      keys: (keys: HubKeys): void => {
        const { added, refused } = trust.accept(keys);
        for (const { id, problem } of refused) log('warn', `hub key ${id}: ${problem}`);
        if (added.length > 0) log('info', `hub keys: now also ${added.join(', ')}`);
      },
      config: (config: Config) => handlers.config(config),
      command: (command: Command) => handlers.command(command),
    };
  }

  #receipt(receipt: Receipt): void {
    const { handlers } = this.#options;
    const { newestSentAt, faults } = this.#drain.receipt(receipt);
    for (const fault of faults) handlers.receiptFault?.(fault);
    // A receipt may have waited at the broker for days. One for what was sent a moment ago cannot.
    if (newestSentAt === undefined || !handlers.hubTime) return;
    const now = this.#mono();
    const half = Math.ceil((now - newestSentAt) / 2);
    handlers.hubTime(receipt.at + half, half + 1, now);
  }

  async #open({ broker, credentials, subscribe, clean, signal, onClose }: Attempt): Promise<Session> {
    const { gateway, signer, ids, connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options;
    const id = ids.session();
    const gone: Status = { v: 1, gateway, session: id, ...this.#when(), is: { state: 'gone' } };
    const session = await openSession({
      broker,
      credentials,
      gateway,
      will: {
        topic: topicOf({ gateway, channel: 'up/status', deflated: false }),
        payload: sealMessage('status', gone, signer),
      },
      keepAliveSeconds: keepAliveSeconds(this.#settings.monthlyBytes),
      connectTimeoutMs,
      subscribe,
      clean,
      signal,
      receive: (topic, payload) => this.#inbox.receive(topic, payload),
      onClose,
    });
    this.#sessionIds.set(session, id);
    return session;
  }

  #opened(session: Session, tookOver: Session | undefined): void {
    if (tookOver) this.#count(tookOver);
    this.#traffic = undefined;
    this.#data.connected(this.#mono());
    this.#count(session);
    this.#drain.connected(session, tookOver !== undefined);
    this.#post.send(session);
    this.#sendStatus(session, 'online');
    this.#tell('connected', this.#options.handlers.connected);
  }

  #lost(session: Session): void {
    this.#count(session);
    this.#traffic = undefined;
    // It was of the session that has ended.
    this.#post.forget('status');
    this.#drain.disconnected();
    this.#tell('disconnected', this.#options.handlers.disconnected);
  }

  /** What others do with the news must not cost the connection. */
  #tell(what: string, work: (() => void) | undefined): void {
    try {
      work?.();
    } catch (error) {
      const line = `${what}: ${error instanceof Error ? error.message : String(error)}`;
      if (line !== this.#said) this.#options.log('warn', line);
      this.#said = line;
    }
  }

  #regular(): void {
    const session = this.#connection.session;
    const now = this.#mono();
    if (session) {
      this.#count(session);
      const changed = this.#changedAt !== undefined && now - this.#changedAt >= CHANGE_WAIT_MS;
      if (changed || now - this.#statusAt >= this.#settings.statusMs) this.#sendStatus(session, 'online');
      this.nudge();
    }
    this.#data.save(now);
    const warning = this.#data.warning();
    if (warning) this.#warn(warning);
  }

  #warn(warning: 'forecast' | 'spent'): void {
    const { thisMonth, budget } = this.#data.state();
    const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
    const used = `${megabytes(thisMonth.sent + thisMonth.received)} of ${megabytes(budget ?? 0)} MB of mobile data`;
    const words =
      warning === 'spent'
        ? `${used} used this month: nothing is held back, but it may cost extra`
        : `${used} used; at this pace the month will need more`;
    this.#options.log('warn', words);
    this.statusChanged();
  }

  #count(session: Session): void {
    const now = session.traffic();
    const before = this.#traffic ?? { sent: 0, received: 0, packetsSent: 0, packetsReceived: 0 };
    this.#data.add(before, now, this.#mono());
    this.#traffic = now;
  }

  #pace(): void {
    const { sealMs, monthlyBytes } = this.#settings;
    this.#options.journal.pace(cadenceOf({ sealMs, monthlyBytes, watched: this.#live.order !== undefined }));
  }

  #send(key: string, channel: 'up/status' | 'up/result', sealed: Buffer): void {
    this.#post.put(key, topicOf({ gateway: this.#options.gateway, channel, deflated: false }), sealed);
    const session = this.#connection.session;
    if (session) this.#post.send(session, key);
  }

  #sendStatus(session: Session, state: 'online' | 'stopping'): void {
    this.#statusAt = this.#mono();
    this.#changedAt = undefined;
    this.#tell('status', () => this.#makeStatus(session, state));
  }

  #makeStatus(session: Session, state: 'online' | 'stopping'): void {
    const { gateway, signer, status } = this.#options;
    const id = this.#sessionIds.get(session);
    if (!id) return;
    const { month, thisMonth } = this.#data.state();
    const is: Online = {
      ...status(),
      state,
      data: { month, ...thisMonth },
      refused: this.#inbox.refused.slice(0, 64),
    };
    const sealed = sealMessage('status', { v: 1, gateway, session: id, ...this.#when(), is }, signer);
    this.#send('status', 'up/status', sealed);
  }

  #when(): Pick<Status, 'at' | 'order'> {
    const at = this.#options.utc();
    return at === undefined ? { at: null, order: this.#options.place() } : { at };
  }

  #offer(payload: Buffer): boolean {
    const topic = topicOf({ gateway: this.#options.gateway, channel: 'live', deflated: false });
    return this.#connection.session?.offer(topic, payload) ?? false;
  }
}
