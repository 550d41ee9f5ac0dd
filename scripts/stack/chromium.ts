import { existsSync } from 'node:fs';
import { canInstall, installPackages, onPath } from './debian.ts';

/** Quiet and off the network: nothing but the page under test is asked for. */
const FLAGS = [
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  readonly executablePath: string;
  readonly args: string[];
}

/** The system's Chromium; else Debian's package; else the build that comes from npm. */
export async function chromium(): Promise<Browser> {
  // The sandbox needs an ordinary user; as root Chromium refuses to start with it.
  const args = process.getuid?.() === 0 ? [...FLAGS, '--no-sandbox'] : FLAGS;
  const named = process.env.CHROMIUM_PATH;
  if (named && !existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which is not there`);
  const found = named ?? onPath('chromium') ?? onPath('chromium-browser') ?? onPath('google-chrome');
  if (found) return { executablePath: found, args };
  if (canInstall()) {
    await installPackages('chromium');
    return { executablePath: onPath('chromium') ?? 'chromium', args };
  }
  const bundled = (await import('@sparticuz/chromium')).default;
  return { executablePath: await bundled.executablePath(), args: [...bundled.args, ...FLAGS] };
}
