/** Classes of EN 50470-3 (MID), in per cent. */
const LETTERS: Readonly<Record<string, string>> = { A: '2', B: '1', C: '0.5' };
const SMALLEST = 100;
const LARGEST = 100_000;

/** A class as it stands on the meter (`1`, `0.5S`, `B`), in parts per million; undefined when it is none. */
export function ppmOfClass(text: string): number | undefined {
  const written = text.trim().toUpperCase();
  const percent = /^(\d{1,2}(?:\.\d{1,2})?)S?$/.exec(LETTERS[written] ?? written)?.[1];
  if (percent === undefined) return undefined;
  const ppm = Math.round(Number(percent) * 10_000);
  return ppm >= SMALLEST && ppm <= LARGEST ? ppm : undefined;
}
