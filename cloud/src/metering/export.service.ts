import { Readable } from 'node:stream';
import { bucketsOf, type Resolution, type Stretch } from './domain/series.ts';
import { meteringError } from './metering.errors.ts';
import type { Asking, MeteringParts } from './metering.parts.ts';
import { UsageService } from './usage.service.ts';
import type { Subject, UsageAnswer } from './usage.types.ts';

export interface ExportQuery extends Stretch {
  readonly subject: Subject;
  readonly resolution: Resolution;
}

const HEADER = 'from,to,unit,quantity,estimated,completeness\r\n';
/** One statement reads so much; the next is asked when the reader has taken this one. */
const STRIDE_MS = 31 * 86_400_000;
const LONGEST_MS = 20 * 366 * 86_400_000;

/** Usage as a spreadsheet takes it: written while it is read, a month at a time, however long the time is. */
export class ExportService {
  readonly #usage: UsageService;

  constructor(parts: MeteringParts) {
    this.#usage = new UsageService(parts);
  }

  async csv(asking: Asking, query: ExportQuery): Promise<Readable> {
    if (query.from >= query.to || query.to - query.from > LONGEST_MS)
      throw meteringError('usage_selection_invalid', { message: 'an export is of at most twenty years' });
    // The first part now: whoever asks for what is not there is told so, and not sent half a file.
    const strides = stridesOf(query);
    const [first = query, ...others] = strides;
    const answer = await this.#part(asking, query, first);
    const rest = this.#rest(asking, query, others);
    return Readable.from(
      (async function* () {
        yield HEADER + linesOf(answer);
        yield* rest;
      })(),
      { objectMode: false },
    );
  }

  async *#rest(asking: Asking, query: ExportQuery, strides: readonly Stretch[]): AsyncGenerator<string> {
    for (const stride of strides) yield linesOf(await this.#part(asking, query, stride));
  }

  #part(asking: Asking, { subject, resolution }: ExportQuery, { from, to }: Stretch): Promise<UsageAnswer> {
    return this.#usage.series(asking, { subject, from, to, resolution, budget: Infinity, previous: false });
  }
}

/** Parts that begin and end with whole bars of any resolution but months, which go in one. */
function stridesOf({ from, to, resolution }: ExportQuery): readonly Stretch[] {
  if (resolution === 'month' || resolution === 'day') return [{ from, to }];
  const days = bucketsOf({ from, to }, 'day', 'UTC');
  const strides: Stretch[] = [];
  for (let begin = from; begin < to; ) {
    const end = days.find((day) => day.from >= begin + STRIDE_MS)?.from ?? to;
    strides.push({ from: begin, to: Math.min(end, to) });
    begin = end;
  }
  return strides;
}

function linesOf({ series }: UsageAnswer): string {
  return series
    .flatMap(({ unit, bars }) =>
      bars.map(
        ({ from, to, quantity, estimated, completeness }) =>
          `${from},${to},${unit},${quantity ?? ''},${estimated},${completeness}\r\n`,
      ),
    )
    .join('');
}
