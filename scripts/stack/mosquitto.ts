import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startContainer } from './container.ts';
import { canInstall, hasDocker, installPackages, missing, onPath } from './debian.ts';
import { ownedFolder, serverUser, temporaryFolder } from './place.ts';
import { freePort, type Service, startProcess, stopAndRemove, waitForPort } from './process.ts';

type Way = { kind: 'url'; url: string } | { kind: 'program'; path: string } | { kind: 'docker' };

export async function ensureMosquitto(): Promise<Way> {
  const url = process.env.MOSQUITTO_URL;
  if (url) return { kind: 'url', url };
  const path = onPath('mosquitto');
  if (path) return { kind: 'program', path };
  if (canInstall()) {
    await installPackages('mosquitto', 'mosquitto-clients');
    return { kind: 'program', path: onPath('mosquitto') ?? 'mosquitto' };
  }
  if (await hasDocker()) return { kind: 'docker' };
  throw missing('mosquitto', 'mosquitto and mosquitto-clients', 'MOSQUITTO_URL');
}

export interface MosquittoOptions {
  /** Lines of mosquitto.conf after the listener: ACL, certificates, persistence. Default: anybody on loopback. */
  readonly settings?: readonly string[];
  /** Files that the settings name, written beside them; `{dir}` in a setting is their folder. */
  readonly files?: Record<string, string>;
}

export async function startMosquitto(
  options: MosquittoOptions = {},
): Promise<Service & { readonly folder: string }> {
  const way = await ensureMosquitto();
  if (way.kind === 'url') return { url: way.url, folder: '', stop: async () => {} };
  if (way.kind === 'docker') {
    const { port, stop } = await startContainer('eclipse-mosquitto:2', 1883, {}, [
      'mosquitto',
      '-c',
      '/mosquitto-no-auth.conf',
    ]);
    return { url: `mqtt://127.0.0.1:${port}`, folder: '', stop };
  }
  const user = serverUser();
  const temporary = temporaryFolder(user);
  const folder = ownedFolder(user, join(temporary, 'mosquitto'));
  const port = await freePort();
  const settings = options.settings ?? ['allow_anonymous true'];
  for (const [name, text] of Object.entries(options.files ?? {}))
    writeFileSync(join(folder, name), text, { mode: 0o644 });
  const lines = [`listener ${port} 127.0.0.1`, ...settings.map((line) => line.replaceAll('{dir}', folder))];
  writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`);
  const args = ['-c', join(folder, 'mosquitto.conf')];
  const running = startProcess({
    name: 'mosquitto',
    command: way.path,
    args,
    user,
    logFile: join(temporary, 'mosquitto.log'),
  });
  await waitForPort(running, 'mosquitto', port);
  return { url: `mqtt://127.0.0.1:${port}`, folder, stop: () => stopAndRemove(running, temporary) };
}
