import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bad, type Finding, ok, sizeText, warn } from './finding.ts';

/** The journal needs room for a month offline; below that it thins gauges, below the other it stops taking them. */
const LOW_BYTES = 500_000_000;
const LEAST_BYTES = 50_000_000;
const WORN = 8;

export interface DiskPlaces {
  readonly state: string;
  readonly journal: string;
  readonly root?: string;
}

export function diskFindings({ state, journal, root = '/' }: DiskPlaces): Finding[] {
  if (!existsSync(state)) {
    return [
      warn('disk', `${state} is not there: this gateway was never started`, 'start it: meterline-edge run'),
    ];
  }
  return [roomFinding(state), ...journalFindings(journal), ...wearFindings(state, root)];
}

function roomFinding(state: string): Finding {
  try {
    accessSync(state, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return bad(
      'disk',
      `${state} cannot be written`,
      `sudo chown -R meterline ${state}; if the card has become read-only, it is worn out: replace it`,
    );
  }
  const { bavail, bsize, blocks } = statfsSync(state);
  const [free, total] = [bavail * bsize, blocks * bsize];
  const says = `${sizeText(free)} of ${sizeText(total)} free`;
  const todo =
    'remove old logs (sudo journalctl --vacuum-size=50M) and packages (sudo apt-get clean), or use a larger card';
  if (free < LEAST_BYTES) return bad('disk', says, todo);
  return free < LOW_BYTES ? warn('disk', says, todo) : ok('disk', says);
}

function journalFindings(journal: string): Finding[] {
  const size = sizeOf(journal) + sizeOf(`${journal}-wal`);
  const there = size > 0 ? [ok('disk', `the journal takes ${sizeText(size)}`)] : [];
  const broken = filesBeside(journal).filter((file) => /\.(?:bad|quarantine|corrupt)/.test(file));
  if (broken.length === 0) return there;
  const todo =
    'what could be saved was; if it happens again the card is dying. Keep the file for support, then remove it';
  return [
    ...there,
    warn('disk', `${broken.length} damaged file(s) put aside: ${broken.slice(0, 3).join(', ')}`, todo),
  ];
}

/** eMMC tells its own wear; SD cards do not, so that only the writing can be shown. */
function wearFindings(state: string, root: string): Finding[] {
  const device = deviceOf(state, root);
  if (!device) return [];
  const block = join(root, 'sys/block', device);
  const life = (text(join(block, 'device/life_time')) ?? '')
    .split(' ')
    .map((word) => Number.parseInt(word, 16));
  const used = Math.max(0, ...life.filter(Number.isFinite));
  const written = Number((text(join(block, 'stat')) ?? '').trim().split(/\s+/)[6]) * 512;
  const uptimeDays = Number(text(join(root, 'proc/uptime'))?.split(' ')[0] ?? 0) / 86_400;
  if (used >= WORN) {
    return [
      bad(
        'disk',
        `${device} says that ${used * 10} % of its life is used`,
        'replace it now: see the page on replacing a gateway',
      ),
    ];
  }
  if (!device.startsWith('mmcblk') || !(written > 0) || uptimeDays < 0.04) return [];
  const perDay = written / uptimeDays;
  const says = `${device}: ${sizeText(perDay)} a day are written by everything on this machine`;
  return perDay > 5_000_000_000
    ? [
        warn(
          'disk',
          says,
          'find what writes (sudo iotop -ao); log to memory: Storage=volatile in journald.conf',
        ),
      ]
    : [ok('disk', says)];
}

/** The whole disk under the folder: `mmcblk0` of `/dev/mmcblk0p2`. */
function deviceOf(state: string, root: string): string | undefined {
  const mounts = (text(join(root, 'proc/self/mounts')) ?? '').split('\n').map((line) => line.split(' '));
  const under = mounts
    .filter(([, at = '']) => state === at || state.startsWith(at.endsWith('/') ? at : `${at}/`))
    .toSorted(([, a = ''], [, b = '']) => b.length - a.length)[0]?.[0];
  if (!under?.startsWith('/dev/')) return undefined;
  const name = basename(under);
  const whole = name.replace(/^(mmcblk\d+|nvme\d+n\d+)p\d+$/, '$1').replace(/^(sd[a-z]+)\d+$/, '$1');
  return existsSync(join(root, 'sys/block', whole)) ? whole : undefined;
}

function filesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function text(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
