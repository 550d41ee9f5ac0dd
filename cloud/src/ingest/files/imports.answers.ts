import type { z } from 'zod';
import type { Fault } from './domain/faults.ts';
import type { ImportPreview } from './import-preview.ts';
import type { importSchema, previewSchema, savedMappingSchema } from './imports.schemas.ts';
import type { ImportRun, SavedMapping } from './imports.types.ts';

const text = (instant: ImportRun['createdAt']): string => instant.toString({ smallestUnit: 'millisecond' });

export function importAnswer(run: ImportRun): z.input<typeof importSchema> {
  return {
    ...run,
    mapping: run.mapping as z.input<typeof importSchema>['mapping'],
    size: Number(run.size),
    createdAt: text(run.createdAt),
    touchedAt: text(run.touchedAt),
    finishedAt: run.finishedAt === null ? null : text(run.finishedAt),
  };
}

export function previewAnswer(preview: ImportPreview): z.input<typeof previewSchema> {
  const { run, facts, lines, header, notes, problems, faults, fitting, hints, ...rest } = preview;
  const { encoding, delimiter, sheet, sheets } = facts;
  return {
    ...rest,
    import: importAnswer(run),
    mapping: preview.mapping as z.input<typeof previewSchema>['mapping'],
    encoding,
    delimiter,
    sheet,
    sheets: sheets?.map((each) => ({ ...each })),
    header: [...header],
    notes: [...notes],
    problems: [...problems],
    faults: faults.map(faultAnswer),
    fitting: [...fitting],
    hints: hints.map(({ at, count, hints: found, ...where }) => ({
      ...where,
      at: new Date(at).toISOString(),
      count: String(count),
      hints: [...found],
    })),
    lines: lines.map((line) => ({
      line: line.line,
      cells: [...line.cells],
      readings: line.readings.map(({ point, at, class: kind, count, opening, column }) => ({
        point,
        at: new Date(at).toISOString(),
        class: kind,
        count: String(count),
        opening,
        column,
      })),
      faults: line.faults.map(faultAnswer),
    })),
  };
}

export function savedAnswer({ name, mapping, updatedAt }: SavedMapping): z.input<typeof savedMappingSchema> {
  return {
    name,
    mapping: mapping as z.input<typeof savedMappingSchema>['mapping'],
    updatedAt: text(updatedAt),
  };
}

/** Columns that a database left empty are left out. */
export function faultAnswer({ line, column, columnName, code, value, problem, remedy }: Fault) {
  return {
    line,
    ...(column != null && { column }),
    ...(columnName != null && { columnName }),
    code,
    value,
    problem,
    remedy,
  };
}
