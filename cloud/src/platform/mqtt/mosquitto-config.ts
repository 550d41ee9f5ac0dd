import { pbkdf2Sync, randomBytes } from 'node:crypto';

export interface MosquittoOptions {
  /** Where clients with certificates come in. */
  readonly clients: { readonly host: string; readonly port: number };
  /** Where the hub comes in, with a password; a network that clients cannot reach. */
  readonly hub: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  /** Whether the hub's listener speaks TLS as well: needed when it is not on the same machine. */
  readonly hubTls: boolean;
  /** Folder in which the files will lie. */
  readonly folder: string;
  /** What a client may publish and be sent, `%u` for its own name. */
  readonly clientWrites: readonly string[];
  readonly clientReads: readonly string[];
  readonly hubReads: readonly string[];
  readonly hubWrites: readonly string[];
  readonly packetBytes: number;
  readonly keepaliveSeconds: number;
  readonly connections: number;
  /** PEM. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly crl: string;
}

/** The files of a mosquitto that lets in whom the hub would let in, by name. Of 2.0 and newer. */
export function mosquittoFiles(options: MosquittoOptions): Map<string, string> {
  const { hub, ca, cert, key, crl } = options;
  const lines = (of: readonly string[]) => `${of.join('\n')}\n`;
  return new Map([
    ['mosquitto.conf', lines(settings(options))],
    [
      'clients.acl',
      lines([
        ...options.clientWrites.map((topic) => `pattern write ${topic}`),
        ...options.clientReads.map((topic) => `pattern read ${topic}`),
      ]),
    ],
    [
      'hub.acl',
      lines([
        `user ${hub.user}`,
        ...options.hubReads.map((topic) => `topic read ${topic}`),
        ...options.hubWrites.map((topic) => `topic write ${topic}`),
      ]),
    ],
    ['hub.passwd', `${hub.user}:${passwordHash(hub.password)}\n`],
    ['ca.pem', ca],
    ['server.pem', cert],
    ['server.key', key],
    ['crl.pem', crl],
  ]);
}

function settings(options: MosquittoOptions): string[] {
  const { clients, hub, hubTls, folder, packetBytes, keepaliveSeconds, connections } = options;
  const tls = [`certfile ${folder}/server.pem`, `keyfile ${folder}/server.key`, 'tls_version tlsv1.2'];
  return [
    '# Each listener has its own way of knowing who comes.',
    'per_listener_settings true',
    `max_packet_size ${packetBytes}`,
    `max_keepalive ${keepaliveSeconds}`,
    '# What waits for the hub while it is away; beyond it gateways send again, since they have no receipt.',
    'max_queued_messages 10000',
    'max_queued_bytes 268435456',
    'max_inflight_messages 20',
    'persistent_client_expiration 14d',
    'persistence true',
    `persistence_location ${folder}/`,
    'autosave_interval 60',
    '',
    '# Clients: the name in the certificate is user name and client id, so nobody takes the place of another.',
    `listener ${clients.port} ${clients.host}`,
    `cafile ${folder}/ca.pem`,
    ...tls,
    `crlfile ${folder}/crl.pem`,
    'require_certificate true',
    'use_identity_as_username true',
    'use_username_as_clientid true',
    'allow_anonymous false',
    `acl_file ${folder}/clients.acl`,
    `max_connections ${connections}`,
    '',
    '# The hub: several consumers under one user name, from a network that clients cannot reach.',
    `listener ${hub.port} ${hub.host}`,
    ...(hubTls ? tls : []),
    'allow_anonymous false',
    `password_file ${folder}/hub.passwd`,
    `acl_file ${folder}/hub.acl`,
  ];
}

const ITERATIONS = 10_000;

/** As mosquitto_passwd writes it: PBKDF2 with SHA-512. */
function passwordHash(password: string): string {
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, ITERATIONS, 64, 'sha512');
  return `$7$${ITERATIONS}$${salt.toString('base64')}$${hash.toString('base64')}`;
}
