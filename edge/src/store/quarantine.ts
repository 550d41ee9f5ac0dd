import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Evidence for a person; a card that dies slowly must not fill itself with it. */
export const QUARANTINED_MAX = 3;

/** Files put aside for this journal, oldest first; with or without their logs. */
export function quarantined(path: string): string[] {
  const folder = dirname(path);
  const found = readdirSync(folder).filter((file) => file.startsWith(`${basename(path)}.`));
  const names = found.flatMap((file) => /^(.*\.quarantine(?:-\d+)?)(?:-wal|-shm)?$/.exec(file)?.[1] ?? []);
  return [...new Set(names)].sort().map((name) => join(folder, name));
}

export function pruneQuarantine(path: string, keep: number): void {
  for (const file of quarantined(path).slice(0, -keep)) {
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  }
}
