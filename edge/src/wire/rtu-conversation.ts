import { AWAIT, type Conversation, type GivenUp, type LateCounts, type Verdict } from './conversation.ts';
import { crcHolds } from './crc.ts';
import { Debts } from './debts.ts';
import type { Fault } from './fault.ts';
import type { Request } from './request.ts';
import { readRtu, rtuRequest } from './rtu.ts';

export interface RtuRules {
  /** The latest that any unit of this line begins an answer, counted from the end of the request. */
  readonly lateReplyUs: number;
  /** Before this nobody is asked: replies to a process that ran before may still come. */
  readonly listenUntilUs: number;
  /** `unit`: only the debtor waits. `bus`: everybody does, so that a late reply collides with nobody's. */
  readonly fence: 'unit' | 'bus';
}

const CAPACITY = 1024;
const EVIDENCE = 300;
/** Drivers that are switched on or off leave a character of zeros or ones; neither can begin a frame. */
const GLITCHES = 2;
/** Stray bytes further apart than this belong to different frames. */
const STRAY_PAUSE_US = 50_000;

export class RtuConversation implements Conversation {
  readonly #rules: RtuRules;
  readonly #debts: Debts;
  readonly #buffer = new Uint8Array(CAPACITY);
  #request: Request | null = null;
  #own: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #glitches = 0;
  #bad = false;
  /** Whether the adapter hears itself. It decides whether the copy of a write is its confirmation or its echo. */
  #echoes: 'unknown' | 'yes' | 'no' = 'unknown';
  #echoSeen = false;
  #strayUs = 0;
  /** The last request that was answered: a second answer to it is a twin's. */
  #answered: Request | null = null;
  #twins = 0;
  #listened: boolean;

  constructor(rules: RtuRules) {
    this.#rules = rules;
    this.#debts = new Debts(rules.lateReplyUs);
    this.#listened = rules.listenUntilUs === 0;
  }

  begin(request: Request): Uint8Array {
    this.#request = request;
    this.#own = rtuRequest(request);
    this.#answered = null;
    this.#clear();
    return this.#own;
  }

  feed(chunk: Uint8Array, nowUs: number): Verdict {
    const room = CAPACITY - this.#end;
    this.#buffer.set(chunk.length > room ? chunk.subarray(0, room) : chunk, this.#end);
    this.#end += Math.min(chunk.length, room);
    if (this.#bad || this.#request === null) return AWAIT;
    const verdict = this.#judge(this.#request, nowUs);
    if (verdict.kind === 'bad') this.#bad = true;
    return verdict;
  }

  #judge(request: Request, nowUs: number): Verdict {
    for (;;) {
      const view = this.#buffer.subarray(this.#start, this.#end);
      if (view.length === 0) return AWAIT;
      const echo = this.#echoAt(view);
      if (echo === 'part') return AWAIT;
      if (echo === 'whole') {
        this.#echoSeen = true;
        this.#start += this.#own.length;
        continue;
      }
      const parsed = readRtu(request, view);
      if (parsed.kind === 'more') return AWAIT;
      if (parsed.kind !== 'bad') return this.#accept(request, parsed, view, nowUs);
      const passed = this.#passOver(view, nowUs);
      if (passed === 'no') return { kind: 'bad', lost: false };
      if (passed === 'part') return AWAIT;
    }
  }

  /** Steps over what is known not to be the reply: a glitch, or the late reply of a debtor. */
  #passOver(view: Uint8Array, nowUs: number): 'no' | 'part' | 'whole' {
    if ((view[0] === 0x00 || view[0] === 0xff) && this.#glitches < GLITCHES) {
      this.#glitches++;
      this.#start++;
      return 'whole';
    }
    const late = this.#debts.collect(view, nowUs);
    if (late === null || late.kind === 'bad') return 'no';
    if (late.kind === 'more') return 'part';
    this.#debts.countLate(late.length);
    this.#start += late.length;
    return 'whole';
  }

  #accept(
    request: Request,
    parsed: Extract<ReturnType<typeof readRtu>, { kind: 'reply' | 'exception' }>,
    view: Uint8Array,
    nowUs: number,
  ): Verdict {
    // A read's reply differs from its request, so it shows what the adapter does; a write's may not.
    if (request.function <= 4) this.#echoes = this.#echoSeen ? 'yes' : 'no';
    this.#debts.forget(request.unit);
    this.#request = null;
    this.#answered = request;
    // Copied: clearing lets the buffer be written over.
    const frame = view.slice();
    this.#clear();
    if (frame.length > parsed.length) this.stray(frame.subarray(parsed.length), nowUs);
    return parsed.kind === 'reply'
      ? { kind: 'reply', body: parsed.body, bytes: parsed.length }
      : { kind: 'exception', exception: parsed.exception, frame: frame.subarray(0, parsed.length) };
  }

  #echoAt(view: Uint8Array): 'none' | 'part' | 'whole' {
    if (this.#echoes === 'no' || this.#echoSeen) return 'none';
    const length = Math.min(view.length, this.#own.length);
    for (let i = 0; i < length; i++) if (view[i] !== this.#own[i]) return 'none';
    return length === this.#own.length ? 'whole' : 'part';
  }

  settled(): boolean {
    return this.#request === null || this.#arrivedDamaged(this.#request);
  }

  /** Unit, function and byte count as asked, and all characters: the reply itself came, only damaged. */
  #arrivedDamaged(request: Request): boolean {
    if (request.function > 4) return false;
    const view = this.#buffer.subarray(this.#start, this.#end);
    if (view[1] !== request.function) return false;
    const parsed = readRtu(request, view);
    return parsed.kind === 'bad' && parsed.fault === 'crc';
  }

  giveUp(sentUs: number, timeoutUs: number): GivenUp {
    const request = this.#request;
    const evidence = this.#buffer.slice(0, Math.min(this.#end, EVIDENCE));
    if (request === null) return { fault: 'timeout', evidence };
    const fault = this.#classify(request);
    if (!this.#arrivedDamaged(request)) this.#debts.owe(request, sentUs, timeoutUs);
    if (this.#echoes === 'no' && startsWith(evidence, this.#own)) this.#echoes = 'unknown';
    this.#request = null;
    this.#clear();
    return { fault, evidence };
  }

  #classify(request: Request): Fault {
    const view = this.#buffer.subarray(this.#start, this.#end);
    if (view.length === 0) {
      const ambiguous = this.#echoSeen && this.#echoes === 'unknown' && request.function > 4;
      return ambiguous ? 'echo' : 'timeout';
    }
    const parsed = readRtu(request, view);
    if (parsed.kind === 'bad') {
      // The header of a damaged frame means nothing: only a whole one has a wrong unit or function.
      return parsed.fault === 'crc' || !beginsWithFrame(view) ? 'crc' : parsed.fault;
    }
    return 'length';
  }

  stray(chunk: Uint8Array, nowUs: number): boolean {
    this.#debts.countLate(chunk.length);
    if (nowUs - this.#strayUs > STRAY_PAUSE_US || this.#end + chunk.length > CAPACITY) this.#clear();
    this.#strayUs = nowUs;
    if (chunk.length > CAPACITY) return true;
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
    while (this.#start < this.#end) {
      const view = this.#buffer.subarray(this.#start, this.#end);
      const late = this.#debts.collect(view, nowUs) ?? this.#twinAt(view);
      if (late?.kind === 'more') return true;
      this.#start += late === null || late.kind === 'bad' ? 1 : late.length;
    }
    this.#clear();
    return true;
  }

  #twinAt(view: Uint8Array): ReturnType<typeof readRtu> | null {
    if (this.#answered === null || view[0] !== this.#answered.unit) return null;
    const second = readRtu(this.#answered, view);
    if (second.kind === 'reply') this.#twins++;
    return second;
  }

  unheard(unit: number): boolean {
    return !this.#listened || this.#debts.unheard(unit);
  }

  heard(unit: number, sinceUs: number): void {
    if (sinceUs >= this.#rules.listenUntilUs) this.#listened = true;
    this.#debts.heard(unit, sinceUs);
  }

  fencedUntilUs(unit: number): number {
    const fence = this.#rules.fence === 'bus' ? this.#debts.lastFenceUs() : this.#debts.fencedUntilUs(unit);
    return Math.max(this.#rules.listenUntilUs, fence);
  }

  reopened(): void {
    this.#echoes = 'unknown';
    this.#clear();
  }

  get late(): LateCounts {
    return { ...this.#debts.late, twins: this.#twins };
  }

  #clear(): void {
    this.#start = 0;
    this.#end = 0;
    this.#glitches = 0;
    this.#bad = false;
    this.#echoSeen = false;
  }
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return bytes.length >= head.length && head.every((byte, i) => bytes[i] === byte);
}

function beginsWithFrame(view: Uint8Array): boolean {
  for (let length = 5; length <= view.length; length++) if (crcHolds(view, length)) return true;
  return false;
}
