import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Conversation, Verdict } from '../../src/wire/conversation.ts';
import { mbapFrame } from '../../src/wire/mbap.ts';
import { MbapConversation } from '../../src/wire/mbap-conversation.ts';
import type { Request } from '../../src/wire/request.ts';
import { rtuFrame } from '../../src/wire/rtu.ts';
import { RtuConversation } from '../../src/wire/rtu-conversation.ts';
import { exceptionPdu } from '../../src/wire/server/pdus.ts';
import { anyRequest, numbers, replyPduOf, truth } from './samples.ts';

const CHANGES = [
  'none',
  'flip',
  'replace',
  'cut',
  'insert',
  'drop',
  'foreign',
  'random',
  'twice',
  'echo',
  'swap',
];

interface Case {
  readonly bytes: Uint8Array;
  /** The reply stands at the start as it was sent (behind an echo, if any): a value may be taken. */
  readonly right: boolean;
}

type Next = () => number;
type Frame = (unit: number, pdu: Uint8Array) => Uint8Array;

function changed(change: string, whole: Uint8Array, own: Uint8Array, foreign: Uint8Array, next: Next): Case {
  const at = next() % whole.length;
  const list = [...whole];
  switch (change) {
    case 'none':
      return { bytes: whole, right: true };
    case 'twice':
      return { bytes: Uint8Array.from([...whole, ...whole]), right: true };
    case 'echo':
      return { bytes: Uint8Array.from([...own, ...whole]), right: true };
    case 'flip':
      for (let n = 1 + (next() % 3); n > 0; n--) {
        const bit = next() % (list.length * 8);
        list[bit >>> 3] = (list[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      }
      break;
    case 'replace':
      list[at] = next() & 0xff;
      break;
    case 'cut':
      list.length = at;
      break;
    case 'insert':
      list.splice(at, 0, next() & 0xff);
      break;
    case 'drop':
      list.splice(at, 1);
      break;
    case 'swap':
      [list[at], list[0]] = [list[0] ?? 0, list[at] ?? 0];
      break;
    case 'foreign':
      return { bytes: foreign, right: false };
    case 'random':
      list.splice(0, list.length, ...Array.from({ length: next() % 300 }, () => next() & 0xff));
  }
  const bytes = Uint8Array.from(list);
  return { bytes, right: whole.every((byte, i) => bytes[i] === byte) };
}

function fed(talk: Conversation, bytes: Uint8Array, next: Next): Verdict {
  let verdict: Verdict = { kind: 'more' };
  for (let from = 0; from < bytes.length && verdict.kind === 'more'; ) {
    const upTo = Math.min(bytes.length, from + 1 + (next() % 64));
    verdict = talk.feed(bytes.subarray(from, upTo), 0);
    from = upTo;
  }
  return verdict;
}

interface Rules {
  readonly checksum: boolean;
  /** Whether a changed stream still holds the right frame. */
  readonly excuse: (bytes: Uint8Array, whole: Uint8Array, own: Uint8Array) => boolean;
}

function fuzz(
  rounds: number,
  open: () => Conversation,
  frameFor: (own: Uint8Array) => Frame,
  rules: Rules,
): Count {
  const requests = fc.sample(anyRequest, { numRuns: 500, seed: 20_261_120 });
  const next = numbers(7);
  const count = { accepted: 0, refused: 0, wrong: 0 };
  for (let round = 0; round < rounds; round++) {
    const request = requests[round % requests.length] as Request;
    const other = requests[next() % requests.length] as Request;
    const seed = next();
    const talk = open();
    const own = talk.begin(request);
    const frame = frameFor(own);
    const refusal = next() % 16 === 0;
    const pdu = refusal ? exceptionPdu(request.function, 1 + (next() % 11)) : replyPduOf(request, seed);
    const foreign = frame((request.unit % 247) + 1, replyPduOf({ ...other, unit: other.unit }, next()));
    const { bytes, right } = changed(
      CHANGES[next() % CHANGES.length] ?? 'none',
      frame(request.unit, pdu),
      own,
      foreign,
      next,
    );
    const verdict = fed(talk, bytes, next);
    if (verdict.kind === 'reply') {
      count.accepted++;
      if (!right && !rules.excuse(bytes, frame(request.unit, pdu), own)) count.wrong++;
      else if (rules.checksum && !isDeepStrictEqual(verdict.body, truth(request, seed))) count.wrong++;
    } else {
      count.refused++;
      talk.giveUp(0, 0);
    }
  }
  return count;
}

export interface Count {
  accepted: number;
  refused: number;
  wrong: number;
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return head.every((byte, i) => bytes[i] === byte);
}

/** One or two characters of zeros or ones before the frame, as switching drivers leave them. */
function glitched(bytes: Uint8Array, whole: Uint8Array): boolean {
  return [1, 2].some(
    (n) => bytes.subarray(0, n).every((b) => b === 0 || b === 255) && startsWith(bytes.subarray(n), whole),
  );
}

export const fuzzRtu = (rounds: number): Count =>
  fuzz(
    rounds,
    () => new RtuConversation({ lateReplyUs: 1, listenUntilUs: 0, fence: 'unit' }),
    () => rtuFrame,
    { checksum: true, excuse: glitched },
  );

export const fuzzTcp = (rounds: number): Count =>
  fuzz(
    rounds,
    () => new MbapConversation(),
    (own) => (unit, pdu) => mbapFrame(((own[0] ?? 0) << 8) | (own[1] ?? 0), unit, pdu),
    // There is no checksum of its own: the content is TCP's care, the header is ours.
    { checksum: false, excuse: (bytes, whole) => startsWith(bytes, whole.subarray(0, 9)) },
  );
