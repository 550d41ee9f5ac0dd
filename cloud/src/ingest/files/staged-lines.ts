import { createInterface } from 'node:readline';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import type { PointId } from '@meterline/contracts';
import { tableError } from '../../kernel/tables/table.errors.ts';
import type { DirectReading } from '../intake.ts';
import type { RowReading } from './domain/row-reader.ts';

/** What was checked, one reading a line: what is stored later is this, whatever has changed in between. */
export function stagedLine({ point, at, class: kind, count, opening, note }: RowReading): string {
  return `${JSON.stringify([point, at, kind, String(count), opening ? 1 : 0, note ?? ''])}\n`;
}

export function directReading(reading: RowReading): DirectReading {
  return {
    point: reading.point as PointId,
    at: reading.at,
    class: reading.class,
    count: reading.count,
    ...(reading.opening && { opening: true }),
    ...(reading.note !== undefined && { note: reading.note }),
  };
}

function parseLine(line: string): DirectReading {
  const [point, at, kind, count, opening, note] = JSON.parse(line) as [
    PointId,
    number,
    'billing' | 'counter',
    string,
    0 | 1,
    string,
  ];
  return {
    point,
    at,
    class: kind,
    count: BigInt(count),
    ...(opening === 1 && { opening: true }),
    ...(note !== '' && { note }),
  };
}

/** Whichever side breaks ends the other; what broke it comes out here. */
export function packed(lines: Readable): Readable {
  return pipeline(lines, createGzip({ level: 1 }), () => {});
}

/** In chunks of the same size each time: the number of a chunk says which readings it holds. */
export async function* stagedChunks(stream: Readable, size: number): AsyncGenerator<DirectReading[]> {
  const plain = createGunzip();
  stream.on('error', (error) => plain.destroy(error));
  let chunk: DirectReading[] = [];
  try {
    for await (const line of createInterface({
      input: stream.pipe(plain),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      chunk.push(parseLine(line));
      if (chunk.length < size) continue;
      yield chunk;
      chunk = [];
    }
  } finally {
    stream.destroy();
  }
  if (plain.errored) {
    throw tableError('import_file_unreadable', {
      message: 'what was checked cannot be read any more',
      cause: plain.errored,
    });
  }
  if (chunk.length > 0) yield chunk;
}
