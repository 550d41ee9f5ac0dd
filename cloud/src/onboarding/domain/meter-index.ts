import { nameKey } from '../../kernel/plain-text.ts';
import { err, ok, type Result } from '../../kernel/result.ts';
import type { KnownMeter, MeterLine } from './meters.ts';

/**
 * Which meter of the building a line is about. The serial number says it; a list without serial numbers is told by the
 * labels, of which electricity and water may share one.
 */
export class MeterIndex {
  readonly #bySerial = new Map<string, KnownMeter>();
  readonly #byLabel = new Map<string, KnownMeter[]>();
  /** Lines that have spoken, by what they named. */
  readonly #serials = new Map<string, number>();
  readonly #labels = new Map<string, { line: number; serial: string | undefined }>();
  readonly #claimed = new Map<string, number>();

  constructor(meters: readonly KnownMeter[]) {
    for (const meter of meters) {
      if (meter.serial !== null) this.#bySerial.set(nameKey(meter.serial), meter);
      const key = nameKey(meter.label);
      this.#byLabel.set(key, [...(this.#byLabel.get(key) ?? []), meter]);
    }
  }

  /** The meter that is meant, `undefined` for a new one; an error has been noted at the line. */
  claim(line: MeterLine): Result<KnownMeter | undefined, 'noted'> {
    const known = this.#find(line);
    if (!known.ok) return known;
    const claimedBy = known.value && this.#claimed.get(known.value.id);
    if (claimedBy !== undefined) return this.#note(line, 'label', 'twice', String(claimedBy));
    const inFile = this.#inFile(line);
    if (!inFile.ok) return inFile;
    if (known.value) this.#claimed.set(known.value.id, line.cells.line);
    return known;
  }

  #find(line: MeterLine): Result<KnownMeter | undefined, 'noted'> {
    const { serial, label, measures } = line;
    const bySerial = serial === undefined ? undefined : this.#bySerial.get(nameKey(serial));
    if (bySerial) return ok(bySerial);
    const labelled = (this.#byLabel.get(nameKey(label)) ?? []).filter(
      (meter) => measures === undefined || meter.measures === null || meter.measures === measures,
    );
    const open = serial === undefined ? labelled : labelled.filter((meter) => meter.serial === null);
    if (open.length > 1) return this.#note(line, 'label', 'meter_ambiguous');
    if (open.length === 1) return ok(open[0]);
    const [other] = labelled;
    return other ? this.#note(line, 'label', 'label_taken', other.serial ?? '') : ok(undefined);
  }

  #inFile(line: MeterLine): Result<void, 'noted'> {
    const { serial, label, measures = '' } = line;
    if (serial !== undefined) {
      const first = this.#serials.get(nameKey(serial));
      if (first !== undefined) return this.#note(line, 'serial', 'twice', String(first));
      this.#serials.set(nameKey(serial), line.cells.line);
    }
    const key = `${nameKey(label)}\n${measures}`;
    const first = this.#labels.get(key);
    if (first !== undefined) return this.#note(line, 'label', 'twice', String(first.line));
    this.#labels.set(key, { line: line.cells.line, serial });
    return ok(undefined);
  }

  #note(
    line: MeterLine,
    ...[role, code, fact]: Parameters<MeterLine['cells']['fault']>
  ): Result<never, 'noted'> {
    line.cells.fault(role, code, fact);
    return err('noted');
  }
}
