import type { Broker, Credentials } from './broker.ts';
import { ConnectFault, connectFault } from './fault.ts';
import { Pause, type PauseRules } from './pause.ts';
import type { Session } from './session.ts';

export interface ConnectionRules {
  /** Network away, name not found, broker restarting. */
  readonly soon: PauseRules;
  /** Refused or not trusted: knocking more often would only cost. */
  readonly slow: PauseRules;
  /** A connection that ends sooner than this was none: two gateways with one id would else fight without a pause. */
  readonly steadyMs: number;
  /** The same fault is said again after this long. */
  readonly repeatMs: number;
  readonly subscribeAgainMs: number;
}

export const CONNECTION_RULES: ConnectionRules = {
  soon: { firstMs: 1_000, mostMs: 5 * 60_000, leastMs: 250 },
  slow: { firstMs: 2 * 60_000, mostMs: 30 * 60_000, leastMs: 20_000 },
  steadyMs: 60_000,
  repeatMs: 3_600_000,
  subscribeAgainMs: 86_400_000,
};

/** Where to connect, and as whom; asked before each attempt, and told how it went. */
export interface Doorway {
  broker(): Broker;
  /** Undefined for a broker that takes a token. */
  credentials(): Credentials | undefined;
  worked?(credentials: Credentials): void;
  /** The broker refused it; not called for a network that is down, nor for a broker that is not believed. */
  refused?(credentials: Credentials): void;
}

export interface Attempt {
  readonly broker: Broker;
  readonly credentials: Credentials | undefined;
  readonly subscribe: boolean;
  /** Only to make the broker forget what it has kept; such a session is ended at once. */
  readonly clean: boolean;
  /** Nobody wants it any more. */
  readonly signal: AbortSignal;
  readonly onClose: (fault: ConnectFault) => void;
}

export interface ConnectionOptions {
  readonly doorway: Doorway;
  readonly open: (attempt: Attempt) => Promise<Session>;
  readonly monoMs: () => number;
  readonly rules: ConnectionRules;
  readonly log: (level: 'info' | 'warn', line: string) => void;
  /** `tookOver`: an older session was there until now; what was under way on it still is. */
  readonly onOpen: (session: Session, tookOver: Session | undefined) => void;
  readonly onLost: (session: Session) => void;
}

export type Reloaded = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Keeps one session alive for as long as it is asked to. */
export class BrokerConnection {
  readonly #options: ConnectionOptions;
  readonly #soon: Pause;
  readonly #slow: Pause;
  #session: Session | undefined;
  /** Of the certificate that the session was opened with, and the place. */
  #inUse = '';
  #openedAt = 0;
  #subscribedAt: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #given = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #busy = false;
  #running = false;
  #opening = false;
  /** The session ended while its successor was being opened: most likely because the successor came. */
  #meanwhile: ConnectFault | undefined;
  #said = { line: '', at: 0 };
  #fault: ConnectFault | undefined;
  /** Sessions in a row that the broker ended before they counted as one. */
  #shortLived = 0;
  attempts = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#soon = new Pause(options.rules.soon);
    this.#slow = new Pause(options.rules.slow);
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Why there is no session. */
  get fault(): ConnectFault | undefined {
    return this.#session ? undefined : this.#fault;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#given = new AbortController();
    this.#connectIn(0);
  }

  async stop(timeoutMs: number): Promise<void> {
    this.#running = false;
    clearTimeout(this.#timer);
    const session = this.#session;
    this.#session = undefined;
    await session?.end(timeoutMs);
    // An attempt that nobody answers would keep the process for longer than whoever stops it waits.
    this.#given.abort();
    await Promise.race([this.#work, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
  }

  /** The network is back, as far as somebody else can tell: do not wait for the pause. */
  hurry(): void {
    if (this.#running && !this.#session && !this.#busy) this.#connectIn(0);
  }

  /**
   * Another certificate, or another broker. The new one is tried while the old connection works on; only when it
   * stands is the old one dropped. If it does not stand in time, the old one stays.
   */
  async reload(timeoutMs: number): Promise<Reloaded> {
    clearTimeout(this.#timer);
    const result = this.#work.then(() => this.#change(timeoutMs));
    this.#work = result;
    const done = await result;
    if (this.#running && !this.#session) this.#connectIn(0);
    return done;
  }

  async #change(timeoutMs: number): Promise<Reloaded> {
    const { monoMs, rules } = this.#options;
    const deadline = monoMs() + timeoutMs;
    const pause = new Pause({ ...rules.soon, mostMs: Math.max(250, timeoutMs / 4) });
    let reason = 'nothing has changed';
    this.#busy = true;
    try {
      while (this.#running && !(this.#session && this.#inUse === this.#way().name)) {
        const fault = await this.#open(true);
        if (!fault) return { ok: true };
        reason = fault.message;
        const wait = pause.nextMs();
        if (monoMs() + wait >= deadline) break;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
      return { ok: false, reason };
    } catch (error) {
      return { ok: false, reason: connectFault(error, 'of this gateway').message };
    } finally {
      this.#busy = false;
    }
  }

  #way(): { broker: Broker; credentials: Credentials | undefined; name: string } {
    const { doorway } = this.#options;
    const [broker, credentials] = [doorway.broker(), doorway.credentials()];
    return { broker, credentials, name: `${broker.url} ${credentials?.fingerprint ?? broker.token ?? ''}` };
  }

  #connectIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#running) return;
    this.#timer = setTimeout(() => {
      this.#work = this.#work.then(() => this.#try());
    }, ms);
  }

  async #try(): Promise<void> {
    if (this.#session || !this.#running) return;
    this.#busy = true;
    try {
      const before = this.#way().name;
      const fault = await this.#open(false);
      if (!fault) return;
      this.#fault = fault;
      // Another certificate is there to be tried: no need to wait for it.
      if (!isHopeless(fault) || this.#way().name === before) this.#retry(fault);
      else this.#connectIn(this.#options.rules.soon.leastMs ?? 0);
    } catch (error) {
      // The doorway is somebody else's, and reads files.
      if (!this.#session) this.#retry(connectFault(error, 'of this gateway'));
    } finally {
      this.#busy = false;
    }
  }

  #retry(fault: ConnectFault): void {
    if (!this.#running) return;
    this.#fault = fault;
    this.#say(fault.message);
    this.#connectIn((isHopeless(fault) ? this.#slow : this.#soon).nextMs());
  }

  /** One clear line, not one a minute. */
  #say(line: string): void {
    const now = this.#options.monoMs();
    if (line === this.#said.line && now - this.#said.at < this.#options.rules.repeatMs) return;
    this.#said = { line, at: now };
    this.#options.log('warn', line);
  }

  async #open(subscribe: boolean): Promise<ConnectFault | undefined> {
    const { monoMs, rules, open, doorway } = this.#options;
    const again = this.#subscribedAt === undefined || monoMs() - this.#subscribedAt >= rules.subscribeAgainMs;
    const { broker, credentials, name } = this.#way();
    const { signal } = this.#given;
    let session: Session | undefined;
    let lost: ConnectFault | undefined;
    const onClose = (fault: ConnectFault) => {
      lost = fault;
      if (!session || this.#session !== session) return;
      if (this.#opening) this.#meanwhile = fault;
      else this.#lose(session, fault);
    };
    this.attempts += 1;
    this.#opening = true;
    try {
      if (this.#fault?.kind === 'poisoned') {
        const forget = { broker, credentials, signal, subscribe: false, clean: true, onClose: () => {} };
        await (await open(forget)).end(5_000);
        this.#fault = undefined;
      }
      const wish = { subscribe: subscribe || again, clean: false };
      session = await open({ broker, credentials, signal, ...wish, onClose });
    } catch (error) {
      if (this.#session && this.#meanwhile) this.#lose(this.#session, this.#meanwhile);
      const fault = connectFault(error, broker.url);
      if (fault.kind === 'refused' && credentials) doorway.refused?.(credentials);
      return fault;
    } finally {
      this.#opening = false;
      this.#meanwhile = undefined;
    }
    if (lost) {
      if (this.#session?.isOver) this.#lose(this.#session, lost);
      return lost;
    }
    if (!this.#running) {
      await session.end(1_000);
      return undefined;
    }
    await this.#adopt(session, broker, name);
    if (credentials) doorway.worked?.(credentials);
    return undefined;
  }

  async #adopt(session: Session, broker: Broker, name: string): Promise<void> {
    const over = this.#session;
    over?.supersede();
    this.#session = session;
    this.#inUse = name;
    this.#openedAt = this.#options.monoMs();
    if (session.subscribed) this.#subscribedAt = this.#openedAt;
    this.#options.log('info', `broker ${broker.url}: connected`);
    this.#options.onOpen(session, over);
    await over?.end(1_000);
  }

  /** MQTT 3.1.1 does not say that another client of the same name has come: one session after the other just ends. */
  #rivalry(fault: ConnectFault): ConnectFault {
    if (fault.kind !== 'interrupted') return fault;
    const lasted = this.#options.monoMs() - this.#openedAt;
    this.#shortLived = lasted < this.#options.rules.steadyMs ? this.#shortLived + 1 : 0;
    if (this.#shortLived < RIVAL_AFTER) return fault;
    const words = `${fault.message} soon after it began, again and again: does a copy of this gateway run elsewhere?`;
    return new ConnectFault(fault.kind, words, fault);
  }

  #lose(session: Session, fault: ConnectFault): void {
    this.#session = undefined;
    if (this.#options.monoMs() - this.#openedAt >= this.#options.rules.steadyMs) {
      this.#soon.reset();
      this.#slow.reset();
      this.#said = { line: '', at: 0 };
    }
    this.#options.onLost(session);
    if (this.#running) this.#retry(this.#rivalry(fault));
  }
}

/** A network that flutters ends some, too. */
const RIVAL_AFTER = 4;

const isHopeless = ({ kind }: ConnectFault): boolean => kind === 'refused' || kind === 'untrusted';
