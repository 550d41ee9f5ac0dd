import { AWAIT, type Conversation, type GivenUp, type LateCounts, type Verdict } from './conversation.ts';
import type { Fault } from './fault.ts';
import { type Mbap, mbapFrame, readMbap, readMbapReply } from './mbap.ts';
import { type Request, requestPdu } from './request.ts';

const EVIDENCE = 300;

/** Transaction ids tell every reply from every other: nobody needs to wait for a late one. */
export class MbapConversation implements Conversation {
  #request: Request | null = null;
  #transaction = 0;
  #stream = new Uint8Array(0);
  #fault: Fault | null = null;
  #evidence = new Uint8Array(0);
  #late = { bytes: 0, replies: 0, longestUs: 0, twins: 0 };

  begin(request: Request): Uint8Array {
    this.#request = request;
    this.#fault = null;
    this.#evidence = new Uint8Array(0);
    this.#transaction = (this.#transaction + 1) & 0xffff;
    return mbapFrame(this.#transaction, request.unit, requestPdu(request));
  }

  feed(chunk: Uint8Array): Verdict {
    this.#stream = this.#stream.length === 0 ? chunk.slice() : joined(this.#stream, chunk);
    for (;;) {
      const frame = readMbap(this.#stream);
      if (frame.kind === 'more') return AWAIT;
      if (frame.kind === 'lost') return this.#lost(frame.fault);
      const bytes = this.#stream.subarray(0, frame.length);
      this.#stream = this.#stream.slice(frame.length);
      if (this.#request === null || frame.transaction !== this.#transaction) {
        this.#countLate(frame.length);
        continue;
      }
      return this.#judge(this.#request, frame, bytes);
    }
  }

  #judge(request: Request, frame: Mbap, bytes: Uint8Array): Verdict {
    const parsed = readMbapReply(request, frame);
    if (parsed.kind === 'reply') {
      this.#request = null;
      return { kind: 'reply', body: parsed.body, bytes: parsed.length };
    }
    if (parsed.kind === 'exception') {
      this.#request = null;
      return { kind: 'exception', exception: parsed.exception, frame: bytes.slice() };
    }
    this.#fault = parsed.kind === 'bad' ? parsed.fault : 'length';
    this.#evidence = bytes.slice();
    return { kind: 'bad', lost: false };
  }

  #lost(fault: Fault): Verdict {
    this.#fault = fault;
    this.#evidence = this.#stream.slice(0, EVIDENCE);
    this.#stream = new Uint8Array(0);
    return { kind: 'bad', lost: true };
  }

  settled(): boolean {
    return true;
  }

  giveUp(): GivenUp {
    const given = { fault: this.#fault ?? 'timeout', evidence: this.#evidence };
    this.#request = null;
    return given;
  }

  stray(chunk: Uint8Array): boolean {
    this.#request = null;
    return this.feed(chunk).kind !== 'bad';
  }

  fencedUntilUs(): number {
    return 0;
  }

  unheard(): boolean {
    return false;
  }

  heard(): void {}

  reopened(): void {
    this.#stream = new Uint8Array(0);
  }

  get late(): LateCounts {
    return this.#late;
  }

  #countLate(bytes: number): void {
    this.#late = { ...this.#late, bytes: this.#late.bytes + bytes, replies: this.#late.replies + 1 };
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
