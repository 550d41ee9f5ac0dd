import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { Config } from '../config/index.ts';
import type { CertificatesAtHand } from '../roles/certificates.ts';
import type { CommandContext, ConfigOptions } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';
import { CONFIG } from './sites.commands.ts';

interface Setup extends ConfigOptions {
  readonly folder: string;
  readonly out?: string;
  readonly name?: string[];
  readonly host: string;
  readonly port: number;
  readonly hubHost: string;
  readonly hubPort: number;
  readonly hubTls?: boolean;
  readonly connections: number;
}

const HUB_USER = 'meterline-hub';

export function addMqttCommands(program: Command, context: CommandContext): void {
  const group = program.command('mqtt').summary('the broker that gateways connect to');
  group
    .command('mosquitto-config')
    .summary('print the settings of a mosquitto for this hub, or write all its files with --out')
    .description(
      'For mqtt.backend broker. Gateways come in by certificate, whose name is their user name and client id; the hub by password on a listener of its own. Without --out the settings and access lists are printed; with it all files are written, a new server key and the password of the hub among them.',
    )
    .option('--out <folder>', 'write all files there; what is there of these names is replaced')
    .option('--folder <path>', 'where the files will lie on the broker', '/etc/mosquitto/meterline')
    .option('--name <name...>', 'names and addresses of the broker; left out: those of mqtt.publicUrl')
    .option('--host <address>', 'where gateways come in', '0.0.0.0')
    .option('--port <n>', 'and on which port', portOf, 8883)
    .option(
      '--hub-host <address>',
      'where the hub comes in: a network that gateways cannot reach',
      '127.0.0.1',
    )
    .option('--hub-port <n>', 'and on which port', portOf, 8884)
    .option('--hub-tls', 'with TLS there too; needed when the hub is on another machine')
    .option('--connections <n>', 'gateways in all', countOf, 2_000)
    .option(...CONFIG)
    .addHelpText('after', EXAMPLES)
    .action((options: Setup) => mosquittoConfig(context, options));
  group
    .command('crl')
    .summary('print the list of revoked certificates (PEM); a broker needs a fresh one within 30 days')
    .option(...CONFIG)
    .action(async (options: ConfigOptions) => {
      const list = await withCertificates(context, options, (at) => at.revocationList());
      context.terminal.out(list.trimEnd());
    });
  group
    .command('ca')
    .summary('print the certificate of the hub’s own authority (PEM): what gateways and the hub trust')
    .option(...CONFIG)
    .action(async (options: ConfigOptions) => {
      const root = await withCertificates(context, options, ({ pki }) => pki.authority());
      context.terminal.out(root.toString().trimEnd());
    });
}

async function mosquittoConfig(context: CommandContext, options: Setup): Promise<void> {
  const { mosquittoSetup } = await import('../ingest/index.ts');
  const config = context.load(options);
  const names = options.name ?? publicNames(config);
  const login = loginOf(config);
  const made = await withCertificates(context, options, async (at) => {
    const { certificate, key } = await at.pki.issueServer(names);
    return mosquittoSetup({
      folder: options.folder,
      clients: { host: options.host, port: options.port },
      hub: { host: options.hubHost, port: options.hubPort, ...login },
      hubTls: options.hubTls ?? false,
      connections: options.connections,
      keepaliveSeconds: 1_200,
      ca: (await at.pki.authority()).toString(),
      cert: certificate.toString(),
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      crl: await at.revocationList(),
    });
  });
  if (options.out === undefined) {
    for (const name of ['mosquitto.conf', 'clients.acl', 'hub.acl'])
      context.terminal.out(`# ${options.folder}/${name}\n${made.get(name) ?? ''}`);
    return;
  }
  write(options.out, made);
  context.terminal.out(`written to ${options.out}: ${[...made.keys()].join(', ')}`);
  if (login.isNew) {
    const scheme = options.hubTls ? 'mqtts' : 'mqtt';
    context.terminal.err(
      `the hub's mqtt.url: ${scheme}://${login.user}:${login.password}@${options.hubHost}:${options.hubPort} (shown once)`,
    );
  }
}

/** The password of the configuration, or a new one. */
function loginOf({ mqtt }: Config): { user: string; password: string; isNew: boolean } {
  const { username, password } =
    mqtt.backend === 'broker' ? new URL(mqtt.url.reveal()) : { username: '', password: '' };
  if (username !== '' && password !== '')
    return { user: decodeURIComponent(username), password: decodeURIComponent(password), isNew: false };
  return { user: HUB_USER, password: randomBytes(24).toString('base64url'), isNew: true };
}

function publicNames({ mqtt }: Config): string[] {
  const url = mqtt.backend === 'none' ? undefined : mqtt.publicUrl;
  if (url === undefined)
    throw new CommandError(
      '--name is needed: the configuration has no mqtt.publicUrl with the name of the broker',
      EXIT.usage,
    );
  return [new URL(url).hostname.replace(/^\[(.*)\]$/, '$1')];
}

const PRIVATE = new Set(['server.key', 'hub.passwd']);

function write(folder: string, files: ReadonlyMap<string, string>): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    for (const [name, text] of files)
      writeFileSync(join(folder, name), text, { mode: PRIVATE.has(name) ? 0o600 : 0o644 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(`--out: ${folder} cannot be written: ${why}`, EXIT.data);
  }
}

async function withCertificates<T>(
  context: CommandContext,
  options: ConfigOptions,
  work: (at: CertificatesAtHand) => Promise<T>,
): Promise<T> {
  const config = context.load(options);
  if (!config.database.workerUrl)
    throw new CommandError(
      'config: database.workerUrl is required: revoked certificates are those of all organisations',
      EXIT.config,
    );
  const roles = await import('../roles/certificates.ts');
  return roles.withCertificates(config, work);
}

function portOf(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    throw new InvalidArgumentError('it must be a port number between 1 and 65535.');
  return Number(text);
}

function countOf(text: string): number {
  if (!/^\d{1,6}$/.test(text) || Number(text) < 1)
    throw new InvalidArgumentError('it must be a whole number above 0.');
  return Number(text);
}

const EXAMPLES = `
Examples:
  meterline mqtt mosquitto-config --config hub.yaml
  meterline mqtt mosquitto-config --config hub.yaml --out /etc/mosquitto/meterline --name mqtt.example.org
  meterline mqtt crl --config hub.yaml > crl.new && mv crl.new /etc/mosquitto/meterline/crl.pem && pkill -HUP mosquitto`;
