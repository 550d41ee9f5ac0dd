/** Times as parameters of statements: milliseconds, with open ends. */
export function timeText(at: number): string {
  if (at === Infinity) return 'infinity';
  if (at === -Infinity) return '-infinity';
  return new Date(at).toISOString();
}

export const optionalTime = (at: number | undefined): string | null =>
  at === undefined ? null : timeText(at);
