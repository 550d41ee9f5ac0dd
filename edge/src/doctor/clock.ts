import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bad, type Finding, ok, spanText, warn } from './finding.ts';

const DAY_MS = 86_400_000;
/** Nobody has built this agent before. */
const BUILT = Date.UTC(2026, 0, 1);
const SETUP = 'sudo timedatectl set-ntp true, and let UDP port 123 out (or set up chrony, or a GPS receiver)';

/** Without a known time no boundary reading is made and nothing is switched. */
export function clockFindings(wallMs: number, root = '/'): Finding[] {
  const synced = lastSync(root);
  const date = new Date(wallMs).toISOString();
  if (wallMs < BUILT) return [bad('clock', `stands at ${date}: it was never set`, SETUP)];
  if (synced === null)
    return [
      bad('clock', `no time source has confirmed ${date} since the boot`, SETUP),
      ...rtcFinding(wallMs, root),
    ];
  const age = wallMs - synced.at;
  const says = `synchronised by ${synced.by}, last ${spanText(age)} ago`;
  if (age > DAY_MS)
    return [
      warn('clock', says, `look at the log of ${synced.by}: it drifts by seconds a day`),
      ...rtcFinding(wallMs, root),
    ];
  return [ok('clock', says), ...rtcFinding(wallMs, root)];
}

function lastSync(root: string): { by: string; at: number } | null {
  const timesyncd = touched(join(root, 'run/systemd/timesync/synchronized'));
  if (timesyncd !== null) return { by: 'systemd-timesyncd', at: timesyncd };
  const isThere = touched(join(root, 'run/chrony/chronyd.sock')) !== null;
  const drift = isThere ? touched(join(root, 'var/lib/chrony/drift')) : null;
  return drift === null ? null : { by: 'chrony', at: drift };
}

/** A clock with a battery keeps the time over a power cut; a Pi has none by itself. */
function rtcFinding(wallMs: number, root: string): Finding[] {
  const seconds = Number(text(join(root, 'sys/class/rtc/rtc0/since_epoch')) ?? Number.NaN);
  if (!Number.isFinite(seconds)) {
    return [ok('clock', 'no clock with a battery: after a power cut boundaries wait for the network')];
  }
  const off = wallMs - seconds * 1_000;
  if (Math.abs(off) < 60_000) return [];
  return [
    warn(
      'clock',
      `the clock with the battery is ${spanText(off)} off`,
      'sudo hwclock --systohc; if it comes back, change its battery',
    ),
  ];
}

function touched(path: string): number | null {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return null;
  }
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
