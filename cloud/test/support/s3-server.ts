import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judgeSignature } from './s3-signature.ts';

interface StoredObject {
  content: unknown;
}

interface Context {
  readonly req: IncomingMessage;
  readonly path: string;
  readonly query: Record<string, string | undefined>;
  type: string;
  body: string;
}

interface Listed {
  readonly objects: { key: string; size: number; lastModifiedDate: Date }[];
  readonly isTruncated: boolean;
}

interface ServerStore {
  listObjects(
    bucket: string,
    options: { prefix: string; startAfter: string; maxKeys: number },
  ): Promise<Listed>;
  putContent(path: string, content: unknown): Promise<[number, string]>;
  putObject(object: StoredObject): Promise<unknown>;
  getObject(...args: unknown[]): Promise<unknown>;
}

interface Server {
  readonly store: ServerStore;
  /** Koa's, composed when the server starts. */
  readonly middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
  readonly httpServer: { closeAllConnections(): void };
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
}

// The package ships no types.
const require = createRequire(import.meta.url);
const S3rver: new (options: object) => Server = require('@20minutes/s3rver');
const S3Error: new (code: string, message: string) => Error = require('@20minutes/s3rver/lib/models/error');

export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly directory: string;
  /** All that lies in the bucket, by file name, drafts of the server included. */
  contents(): Promise<string[]>;
  stop(): Promise<void>;
  restart(): Promise<void>;
}

const BUCKET = 'meterline-test';
const CREDENTIAL = 'S3RVER';

export async function startS3(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'meterline-s3-'));
  let { server, port } = await launch(directory, 0);
  let running = true;
  const stop = async () => {
    if (!running) return;
    running = false;
    server.httpServer.closeAllConnections();
    await server.close();
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket: BUCKET,
    accessKeyId: CREDENTIAL,
    secretAccessKey: CREDENTIAL,
    directory,
    contents: async () => (await readdir(join(directory, BUCKET), { recursive: true })).sort(),
    stop: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
    restart: async () => {
      await stop();
      ({ server, port } = await launch(directory, port));
      running = true;
    },
  };
}

async function launch(directory: string, port: number): Promise<{ server: Server; port: number }> {
  const server = new S3rver({
    address: '127.0.0.1',
    port,
    directory,
    silent: true,
    vhostBuckets: false,
    allowMismatchedSignatures: true,
    configureBuckets: [{ name: BUCKET }],
  });
  server.middleware.unshift((context, next) => {
    const verdict = judgeSignature(context.req, CREDENTIAL, CREDENTIAL);
    if (verdict) throw new S3Error(verdict, 'The request is not signed as it must be');
    return context.query['list-type'] === '2' && context.path === `/${BUCKET}/`
      ? list(server, context)
      : next();
  });
  replaceWhole(server.store);
  return { server, port: (await server.run()).port };
}

/** The server's own listing makes its page marks with a cipher that OpenSSL has dropped, and fails at the first. */
async function list({ store }: Server, context: Context): Promise<void> {
  const { prefix = '', 'start-after': startAfter = '', 'max-keys': maxKeys = '1000' } = context.query;
  const { objects, isTruncated } = await store.listObjects(BUCKET, {
    prefix,
    startAfter,
    maxKeys: Number(maxKeys),
  });
  const contents = objects.map(
    ({ key, size, lastModifiedDate: at }) =>
      `<Contents><Key>${key}</Key><Size>${size}</Size><LastModified>${at.toISOString()}</LastModified></Contents>`,
  );
  context.type = 'application/xml';
  context.body = `<ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListBucketResult>`;
}

/**
 * S3 replaces an object at once; this server writes into the object that others are reading. Here it writes beside
 * it and renames, and takes one write or open at a time, as S3's guarantee asks.
 */
function replaceWhole(store: ServerStore): void {
  const putContent = store.putContent.bind(store);
  const putObject = store.putObject.bind(store);
  const getObject = store.getObject.bind(store);
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  store.putContent = async (path, content) => {
    const result = await putContent(`${path}.new`, content);
    await rename(`${path}.new`, path);
    return result;
  };
  store.putObject = async (object) => {
    const chunks: Buffer[] = [];
    // Received before its turn comes, so that a slow sender holds up nobody.
    for await (const chunk of object.content as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk));
    object.content = [Buffer.concat(chunks)];
    return inTurn(() => putObject(object));
  };
  store.getObject = (...args) => inTurn(() => getObject(...args));
}
