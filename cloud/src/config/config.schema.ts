import { isIP } from 'node:net';
import { z } from 'zod';
import { isPlainConnection, PLAIN_CONNECTION, Secret } from './secret.ts';

/** What a refused value must look like is said here, beside the rule; where it came from is added by the parser. */
const milliseconds = (min: number, max: number) => z.int().min(min).max(max);

const SECRET_URL = { secret: true, kind: 'url' } as const;
const SECRET_TEXT = { secret: true, kind: 'text' } as const;

const urlOf = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol.slice(0, -1)), {
    error: `must be a URL that starts with ${protocols.map((p) => `${p}://`).join(' or ')}`,
  });

const connectionUrl = (...protocols: string[]) =>
  urlOf(...protocols)
    .refine((text) => !URL.canParse(text) || isPlainConnection(text), { error: PLAIN_CONNECTION })
    .transform((text) => Secret.url(text));
const databaseUrl = connectionUrl('postgres', 'postgresql');
const redisUrl = connectionUrl('redis', 'rediss');
const webUrl = urlOf('http', 'https').refine(
  (text) => !URL.canParse(text) || (new URL(text).username === '' && new URL(text).password === ''),
  { error: 'must not carry a user or a password' },
);

const operatorToken = z
  .string()
  .regex(/^[\x21-\x7e]{24,512}$/, {
    error:
      'must have 24 to 512 visible ASCII characters without spaces; make one with: openssl rand -base64 32',
  })
  .transform((text) => new Secret(text));

const masterKey = z
  .string()
  .refine(isMasterKey, { error: 'must be 32 random bytes in base64; make one with: openssl rand -base64 32' })
  .transform((text) => new Secret(text));

const secretText = z
  .string()
  .min(1, { error: 'must not be empty' })
  .transform((text) => new Secret(text));

/** Exactly 32 bytes, canonical base64, and not one byte repeated (a placeholder, not a key). */
function isMasterKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === text && new Set(bytes).size > 1;
}

const NAMED_NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];

function isNetwork(text: string): boolean {
  if (NAMED_NETWORKS.includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

const TRUST_PROXY_ERROR =
  'must be false or a list of the addresses or networks of the proxies in front, such as 10.0.0.0/8; ' +
  'true or a count would let a client choose its own address';
const trustProxy = z.union(
  [
    z.literal(false),
    z
      .array(z.string().refine(isNetwork, { error: TRUST_PROXY_ERROR }))
      .min(1)
      .max(32),
  ],
  { error: TRUST_PROXY_ERROR },
);

const http = z.strictObject({
  host: z
    .string()
    .min(1)
    .max(253)
    .default('127.0.0.1')
    .describe('Address to listen on; `0.0.0.0` or `::` for all'),
  port: z.int().min(0).max(65_535).default(8080).describe('Port to listen on; 0 takes a free one'),
  publicUrl: webUrl
    .optional()
    .describe(
      'Address that people use, as `https://meters.example.org`; https turns on strict transport security',
    ),
  trustProxy: trustProxy
    .default(false)
    .describe(
      'Which reverse proxies may state the client address: `false`, or a list of networks; needed when `publicUrl` leads through one',
    ),
  bodyLimitBytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(1024 * 1024)
    .describe('Largest request body in bytes'),
  requestTimeoutMs: milliseconds(1_000, 600_000)
    .default(30_000)
    .describe('Time in ms for a request to arrive, and for its handler to answer'),
  rateLimit: z
    .strictObject({
      perMinute: z
        .int()
        .min(0)
        .max(1_000_000)
        .default(600)
        .describe('Requests a minute for one client address (IPv6: one /64); 0 switches the limit off'),
    })
    .prefault({}),
  operatorToken: operatorToken
    .meta(SECRET_TEXT)
    .describe('Bearer token of the operator: `/api/v1/operations` and `/metrics`'),
});

const log = z
  .strictObject({
    level: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info')
      .describe('Least severe level that is written'),
    format: z
      .enum(['json', 'pretty'])
      .default('json')
      .describe('One JSON object a line, or lines for a person'),
  })
  .prefault({});

const database = z
  .strictObject({
    ownerUrl: databaseUrl
      .optional()
      .meta(SECRET_URL)
      .describe('Role that owns the schema; needed by `meterline migrate` and `migrateOnStart` only'),
    appUrl: databaseUrl.meta(SECRET_URL).describe('Role of the application, under row-level security'),
    workerUrl: databaseUrl
      .optional()
      .meta(SECRET_URL)
      .describe(
        'Role that sees the outbox and the audit of all organisations; required for the roles `all` and `worker`, refused for the others',
      ),
    ingestUrl: databaseUrl.meta(SECRET_URL).describe('Role that may only insert readings'),
    readOnlyUrl: databaseUrl.meta(SECRET_URL).describe('Role that may only read; may point to a replica'),
    // Two at least: some work holds one transaction open while it does another.
    poolSize: z.int().min(2).max(200).default(10).describe('Connections a process keeps per role'),
    statementTimeoutMs: milliseconds(100, 600_000)
      .default(15_000)
      .describe('Longest time for one statement in ms'),
    migrateOnStart: z
      .boolean()
      .default(false)
      .describe('Apply pending migrations at start; needs `ownerUrl`'),
  })
  .refine((value) => !value.migrateOnStart || value.ownerUrl !== undefined, {
    path: ['ownerUrl'],
    error: 'is required when database.migrateOnStart is true',
  });

const concurrency = z
  .int()
  .min(1)
  .max(500)
  .default(10)
  .describe('Jobs a worker process runs at the same time');

const queue = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('postgres').describe('Where jobs wait'), concurrency }),
  z.strictObject({
    backend: z.literal('redis'),
    concurrency,
    url: redisUrl.meta(SECRET_URL).describe('Redis of the queue, as `rediss://:password@host:6379/0`'),
  }),
]);

const fileLimits = {
  maxBytes: z
    .int()
    .min(1024)
    .max(5 * 1024 ** 3)
    .default(25 * 1024 * 1024)
    .describe('Largest file that is accepted, in bytes'),
  signedUrlSeconds: z
    .int()
    .min(10)
    .max(604_800)
    .default(300)
    .describe('How long a signed address of a file is valid'),
};

const files = z.discriminatedUnion('backend', [
  z.strictObject({
    backend: z.literal('folder').describe('Where files are kept'),
    folder: z.string().min(1).describe('Folder of the files, writable by the hub'),
    ...fileLimits,
  }),
  z.strictObject({
    backend: z.literal('s3'),
    bucket: z.string().min(3).max(63).describe('Bucket of the files'),
    region: z.string().min(1).describe('Region of the bucket'),
    endpoint: webUrl.optional().describe('Address of an S3-compatible server; none for AWS'),
    accessKeyId: z.string().min(1).describe('Access key'),
    secretAccessKey: secretText.meta(SECRET_TEXT).describe('Secret of the access key'),
    forcePathStyle: z.boolean().default(false).describe('Bucket in the path, not in the host name'),
    directLinks: z
      .boolean()
      .default(false)
      .describe('Links lead to the S3 server itself, which browsers must then be able to reach'),
    ...fileLimits,
  }),
]);

const mqttPublicUrl = z
  .string()
  .regex(/^mqtts:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):[0-9]{1,5}$/, {
    error: 'must be of the form mqtts://host:port',
  })
  .optional()
  .describe('Address that gateways connect to, as `mqtts://mqtt.example.org:8883`');
const port = z.int().min(0).max(65_535);

const mqtt = z.discriminatedUnion('backend', [
  z.strictObject({ backend: z.literal('none').describe('Where gateways connect') }),
  z.strictObject({
    backend: z.literal('embedded'),
    publicUrl: mqttPublicUrl,
    host: z
      .string()
      .min(1)
      .max(253)
      .default('127.0.0.1')
      .describe('Address to listen on; `0.0.0.0` or `::` for all'),
    port: port.default(8883).describe('Port to listen on, with TLS; 0 takes a free one'),
    plainPort: port
      .optional()
      .describe('Port without TLS, on this machine only, for what cannot speak it; 0 takes a free one'),
    maxConnections: z.int().min(1).max(100_000).default(2_000).describe('Connections in all'),
    maxConnectionsPerAddress: z
      .int()
      .min(1)
      .max(100_000)
      .default(200)
      .describe('Connections from one address; many gateways may stand behind one'),
    messagesPerSecond: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(200)
      .describe('Messages a second of one gateway, in the long run; who sends faster is read more slowly'),
    bytesPerSecond: z
      .int()
      .min(1_024)
      .max(1_073_741_824)
      .default(2_097_152)
      .describe('Bytes a second of one gateway, in the long run'),
    keepaliveSeconds: z
      .int()
      .min(10)
      .max(65_535)
      .default(1_200)
      .describe('Longest keepalive: who says nothing for half as long again is disconnected'),
  }),
  z.strictObject({
    backend: z.literal('broker'),
    publicUrl: mqttPublicUrl,
    url: connectionUrl('mqtt', 'mqtts')
      .meta(SECRET_URL)
      .describe('The broker, as `mqtts://user:password@host:port`; `mqtt://` on a network of your own only'),
    caFile: z
      .string()
      .min(1)
      .optional()
      .describe('File (PEM) with the CA of the broker; the hub’s own CA when not set'),
    consumers: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .describe('Messages that this process works on at a time; each takes a connection to the broker'),
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, {
        error: 'must have 1 to 64 letters, digits, dots, dashes or underscores',
      })
      .optional()
      .describe('Name of this process at the broker, unlike that of any other; the host name when not set'),
    group: z
      .string()
      .regex(/^[A-Za-z0-9_.-]{1,64}$/, {
        error: 'must have 1 to 64 letters, digits, dots, dashes or underscores',
      })
      .default('meterline')
      .describe('Name of the shared subscription, the same for all processes of one hub'),
  }),
]);

/** The least of each is held by the database as well. */
const retention = z
  .strictObject({
    billingMonths: z
      .int()
      .min(60)
      .max(600)
      .default(120)
      .describe(
        'Months that readings at quarter hours and period ends are kept: as long as bills must be proven',
      ),
    counterMonths: z
      .int()
      .min(2)
      .max(600)
      .default(25)
      .describe('Months that the counts between quarter hours are kept'),
    gaugeDays: z.int().min(7).max(3_660).default(90).describe('Days that volts, watts and the like are kept'),
  })
  .prefault({});

const MIB = 1024 * 1024;

const ingest = z
  .strictObject({
    memoryBytes: z
      .int()
      .min(8 * MIB)
      .max(16_384 * MIB)
      .default(64 * MIB)
      .describe('Bytes of messages that may wait for a commit; beyond it the doors wait'),
    gatewayMemoryBytes: z
      .int()
      .min(2 * MIB)
      .max(1_024 * MIB)
      .default(4 * MIB)
      .describe('The same, of one gateway'),
    gapAfterMs: milliseconds(1_000, 86_400_000)
      .default(600_000)
      .describe('A hole in a journal that has not become smaller for this time in ms is told of'),
    deadLetters: z
      .strictObject({
        perGateway: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(1_000)
          .describe(
            'Messages that were not believed, kept of one gateway; what comes beyond is only counted',
          ),
        bytesPerGateway: z
          .int()
          .min(0)
          .max(1_024 * MIB)
          .default(16 * MIB)
          .describe('Bytes of them; a letter beyond is kept without its bytes'),
      })
      .prefault({}),
    profilesFolder: z
      .string()
      .min(1)
      .optional()
      .describe('Folder with meter profiles of your own, and older versions that gateways still cite'),
  })
  .prefault({});

export const ROLES = ['all', 'api', 'ingest', 'worker'] as const;
export type Role = (typeof ROLES)[number];

const hub = z.strictObject({
  role: z.enum(ROLES).default('all').describe('Which part of the hub this process is'),
  http,
  log,
  database,
  queue,
  files,
  mqtt,
  ingest,
  keys: z.strictObject({
    master: masterKey
      .meta(SECRET_TEXT)
      .describe('32 random bytes in base64; every other key is derived from it'),
  }),
  retention,
  shutdown: z
    .strictObject({
      graceMs: milliseconds(0, 600_000)
        .default(20_000)
        .describe('Time in ms to drain requests and jobs at a stop'),
    })
    .prefault({}),
});

const WORKING: readonly unknown[] = ['all', 'worker'];
const EXPOSED: readonly unknown[] = ['api', 'ingest'];
/** Said beside all other problems, so it must do with values that have problems of their own. */
const always = { path: ['database', 'workerUrl'], when: () => true };

/** Whoever takes over a process that speaks to the world must not find the sign-in that sees everybody's rows. */
export const configSchema = hub
  .refine(({ role, database: db }) => !WORKING.includes(role) || !db || db.workerUrl !== undefined, {
    ...always,
    error: 'is required for the roles all and worker',
  })
  .refine(({ role, database: db }) => !EXPOSED.includes(role) || db?.workerUrl === undefined, {
    ...always,
    error: 'must be set for the roles all and worker only: it opens the rows of all organisations',
  });

export type Config = z.output<typeof configSchema>;

/** A group whose shape is chosen by one key: that key has a default even when other keys of the group are set. */
export const BACKEND_DEFAULTS = { queue: 'postgres', files: 'folder', mqtt: 'none' } as const;
