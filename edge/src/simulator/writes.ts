import type { MeterProfile } from '@meterline/contracts';
import type { Request } from '../wire/request.ts';
import type { Move } from './switches.ts';
import type { VirtualMeter } from './virtual-meter.ts';

/** What a request to write does to the meter. */
export type WriteEffect =
  | { readonly kind: 'refused'; readonly exception: 1 | 2 | 3 }
  | { readonly kind: 'moved'; readonly move: Move }
  /** Nobody should ever send these: the counters are gone, or the meter answers no more. */
  | { readonly kind: 'erased' | 'lost'; readonly why: string };

type Write = Extract<Request, { function: 5 | 6 | 15 | 16 }>;

const refused = (exception: 1 | 2 | 3): WriteEffect => ({ kind: 'refused', exception });

/** Addresses and functions that the model honours: its switches, and everything that its profile warns of. */
export function writeEffect(meter: VirtualMeter, write: Write, ms: number): WriteEffect {
  const { profile } = meter.parts;
  const span = spanOf(write);
  const [word] = span.words;
  if (word !== undefined && span.words.length === 1) {
    const move = meter.switches.asked(write.function, write.address, word, ms);
    if (move === null) return refused(3);
    if (move) return { kind: 'moved', move };
  }
  const danger = dangerOf(profile, write.function, span.from, span.to);
  if (danger) return harm(danger);
  return refused(writesAtAll(profile, write.function) ? 2 : 1);
}

/** Functions beyond the standard that erase: the PZEM's 0x42. */
export function strangeEffect({ parts }: VirtualMeter, code: number): WriteEffect {
  const danger = parts.profile.blockedWrites?.find(
    (blocked) => blocked.function === code && blocked.from === undefined && code > 16,
  );
  return danger ? harm(danger) : refused(1);
}

/** Another unit number, rate or word order: whoever asks as before hears nothing. */
const harm = ({ why }: Blocked): WriteEffect => ({
  kind: /reset|eras|overwrit|clear/.test(why) ? 'erased' : 'lost',
  why,
});

type Blocked = NonNullable<MeterProfile['blockedWrites']>[number];

function dangerOf(
  { blockedWrites = [], switching = [] }: MeterProfile,
  code: number,
  from: number,
  to: number,
): Blocked | undefined {
  const only = new Set(switching.map(({ write }) => write.function));
  return blockedWrites.find((blocked) => {
    if (blocked.function !== undefined) return blocked.function === code && reaches(blocked, from, to);
    // A model whose switch wants one function honours no other.
    if (only.size > 0 && !only.has(code as 16)) return false;
    return blocked.from !== undefined && reaches(blocked, from, to);
  });
}

const reaches = ({ from = 0, to = 0xffff }: Blocked, first: number, last: number): boolean =>
  from <= last && first <= to;

function writesAtAll({ blockedWrites = [], switching = [] }: MeterProfile, code: number): boolean {
  if (switching.length > 0) return switching.some(({ write }) => write.function === code);
  return blockedWrites.some(
    (blocked) => blocked.function === code || (blocked.function === undefined && (code === 6 || code === 16)),
  );
}

function spanOf(write: Write): { from: number; to: number; words: readonly number[] } {
  const from = write.address;
  switch (write.function) {
    case 5:
      return { from, to: from, words: [write.on ? 0xff00 : 0] };
    case 6:
      return { from, to: from, words: [write.word] };
    case 15:
      return { from, to: from + write.bits.length - 1, words: write.bits.map(Number) };
    case 16:
      return { from, to: from + write.words.length - 1, words: write.words };
  }
}
