import { characterUs, exchangeUs, t35Us } from '../wire/timing.ts';

/** What one exchange costs on this line with this meter, in microseconds. */
export interface ReadCost {
  readonly characterUs: number;
  readonly turnaroundUs: number;
  /** Silence after the exchange: the larger of t3.5 and what the meter needs. */
  readonly gapUs: number;
}

interface SerialLine {
  readonly baud: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stop: 1 | 2;
}

export const serialCost = (line: SerialLine, turnaroundUs: number, gapMs = 0): ReadCost => ({
  characterUs: characterUs(line),
  turnaroundUs,
  gapUs: Math.max(t35Us(line), gapMs * 1_000),
});

/** T = 8c + turnaround + (5 + 2N)c + gap; coils and inputs come eight a byte. */
export const readUs = (cost: ReadCost, code: 1 | 2 | 3 | 4, count: number): number =>
  exchangeUs({
    characterUs: cost.characterUs,
    requestBytes: 8,
    replyBytes: 5 + (code <= 2 ? Math.ceil(count / 8) : 2 * count),
    turnaroundUs: cost.turnaroundUs,
    gapUs: cost.gapUs,
  });
