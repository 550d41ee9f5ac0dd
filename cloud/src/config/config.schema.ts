import { z } from 'zod';
import { ingest, mqtt, retention } from './config.readings.ts';
import {
  databaseUrl,
  mailUrl,
  masterKey,
  milliseconds,
  operatorToken,
  redisUrl,
  SECRET_TEXT,
  SECRET_URL,
  secretText,
  trustProxy,
  webUrl,
} from './config.values.ts';

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

const mail = z
  .strictObject({
    url: mailUrl
      .meta(SECRET_URL)
      .describe('SMTP server, as `smtps://user:password@mail.example.org:465`; `smtp://` asks for STARTTLS'),
    from: z
      .string()
      .regex(/^[^\r\n]{3,320}$/)
      .describe('Sender, as `Meterline <meters@example.org>`'),
  })
  .optional()
  .describe('Without it no mail is sent: links are handed over');

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
  mail,
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
