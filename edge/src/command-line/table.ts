import { cut, pad, widthOf } from './text-width.ts';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => string;
  readonly side?: 'left' | 'right';
  /** May be cut down to so many columns; to less only before a column of `spare` 1 would have to go. */
  readonly least?: number;
  /** What is left of a cell that is cut. */
  readonly keep?: 'start' | 'end';
  /** Those of the highest number go first when the terminal is narrow; without one it stays. */
  readonly spare?: number;
  /** Escape sequence that colours the cell. */
  readonly colour?: (row: Row) => string | undefined;
}

const GAP = 2;
const BARE = 8;

interface Sized<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

/** Columns as wide as their widest cell; where that is too wide some are cut, then some are left out. */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { width, coloured = false }: { readonly width: number; readonly coloured?: boolean },
): { readonly head: string; readonly body: readonly string[] } {
  const sized = fit(
    columns.map((column) => ({
      column,
      width: Math.max(widthOf(column.title), ...rows.map((row) => widthOf(column.cell(row)))),
    })),
    width,
  );
  const join = (cells: readonly string[]): string => cells.join(' '.repeat(GAP)).trimEnd();
  const place = (text: string, { column, width: own }: Sized<Row>): string =>
    pad(cut(text, own, column.keep), own, column.side === 'right' ? 'left' : 'right');
  return {
    head: join(sized.map((each) => place(each.column.title, each))),
    body: rows.map((row) =>
      join(
        sized.map((each) => {
          const text = place(each.column.cell(row), each);
          const colour = coloured ? each.column.colour?.(row) : undefined;
          return colour === undefined ? text : painted(text, colour);
        }),
      ),
    ),
  };
}

export const COLOURS = { green: '32', yellow: '33', red: '31', grey: '90', bold: '1' } as const;

/** `colour` as in SGR; spaces at the end stay plain, so that they can be trimmed. */
export const painted = (text: string, colour: string): string =>
  text.replace(/^(\s*)(.*?)(\s*)$/s, `$1\u001b[${colour}m$2\u001b[0m$3`);

const total = (sized: readonly Sized<never>[]): number =>
  sized.reduce((sum, { width }) => sum + width + GAP, -GAP);

function fit<Row>(sized: readonly Sized<Row>[], width: number): readonly Sized<Row>[] {
  const over = total(sized) - width;
  if (over <= 0) return sized;
  const first = sized.reduce<Sized<Row> | undefined>(
    (found, each) => ((each.column.spare ?? 0) > (found?.column.spare ?? 0) ? each : found),
    undefined,
  );
  const isLast = (first?.column.spare ?? 0) <= 1;
  const room = sized.map(({ column: { least }, width: own }) =>
    least === undefined ? 0 : Math.max(0, own - (isLast ? BARE : least)),
  );
  const spare = room.reduce((sum, each) => sum + each, 0);
  // Where nothing is left that can be spared it is as narrow as it can be.
  if (spare >= over || !first) return shrink(sized, room, Math.min(over, spare));
  return fit(
    sized.filter((each) => each !== first),
    width,
  );
}

/** A column at a time from where there is most room. */
function shrink<Row>(sized: readonly Sized<Row>[], room: number[], over: number): readonly Sized<Row>[] {
  const left = [...room];
  for (let n = 0; n < over; n += 1) {
    const most = left.indexOf(Math.max(...left));
    left[most] = (left[most] ?? 0) - 1;
  }
  return sized.map(({ column, width }, i) => ({ column, width: width - ((room[i] ?? 0) - (left[i] ?? 0)) }));
}
