import type { SequenceRange } from '@meterline/contracts';

/** Numbers as separate ascending ranges: a month of them must fit into a test's memory. */
export class NumberSet {
  readonly ranges: SequenceRange[] = [];

  /** False when it was there already. */
  add(number: number): boolean {
    const at = this.place(number);
    const [before, after] = [this.ranges[at - 1], this.ranges[at]];
    if (before && number <= before[1]) return false;
    const [touchesBefore, touchesAfter] = [before?.[1] === number - 1, after?.[0] === number + 1];
    if (before && after && touchesBefore && touchesAfter) {
      before[1] = after[1];
      this.ranges.splice(at, 1);
    } else if (before && touchesBefore) before[1] = number;
    else if (after && touchesAfter) after[0] = number;
    else this.ranges.splice(at, 0, [number, number]);
    return true;
  }

  has(number: number): boolean {
    const before = this.ranges[this.place(number) - 1];
    return before !== undefined && number <= before[1];
  }

  /** As a database that was restored from an older copy. */
  forgetAfter(last: number): void {
    const kept = this.ranges.filter(([from]) => from <= last);
    this.ranges.splice(
      0,
      this.ranges.length,
      ...kept.map(([from, to]): SequenceRange => [from, Math.min(to, last)]),
    );
  }

  /** Of the first range that begins after the number. */
  private place(number: number): number {
    let [low, high] = [0, this.ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.ranges[middle]?.[0] ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
