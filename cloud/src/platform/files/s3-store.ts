import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { mayShowInline } from './content-type.ts';
import { fileError } from './file-error.ts';
import { isFileKey, keySegments, prefixFolders } from './file-key.ts';
import type {
  FileBody,
  FileInfo,
  FilePage,
  FileStore,
  GetOptions,
  LinkOptions,
  ListedFile,
  PutOptions,
  StoredFile,
} from './file-store.ts';
import { contentDisposition } from './http-headers.ts';
import { checkLifetime, type FileLinks } from './links.ts';
import { decodePosition, encodePosition, pageLimit } from './listing.ts';
import { abandon, type Received, receive } from './receive.ts';
import { fromS3 } from './s3-error.ts';
import { cutTo, infoFrom } from './s3-object.ts';
import { spooled, withSpool } from './spool.ts';

export interface S3StoreOptions {
  readonly bucket: string;
  readonly region: string;
  readonly endpoint?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly forcePathStyle?: boolean;
  readonly maxBytes: number;
  /** With it the hub serves the links; without it people fetch from the S3 server, which they must then reach. */
  readonly links?: FileLinks;
}

const PUT_ATTEMPTS = 3;
const CONNECT_MS = 3_000;
const SILENCE_MS = 30_000;
/** Less than /readyz waits, so that the reason is told and not only the delay. */
const HEALTH_MS = 1_500;

/**
 * An upload is spooled whole before the server hears of it, then sent by one PutObject, which S3 makes visible all
 * at once. So a broken or refused upload never reaches the bucket, the digest travels as metadata and under the
 * request's signature, and a failed request can be sent again.
 */
export class S3Store implements FileStore {
  readonly #options: S3StoreOptions;
  readonly #client: S3Client;

  constructor(options: S3StoreOptions) {
    this.#options = options;
    this.#client = new S3Client({
      region: options.region,
      ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
      forcePathStyle: options.forcePathStyle ?? false,
      credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
      // The request signature covers the digest already, and many S3-compatible servers know no other checksum.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      // It would write to the console; what went wrong is in the error.
      logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
      requestHandler: { connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
    });
  }

  /** Nothing is checked here: a hub starts while its files are away, and says so on /readyz. */
  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.#client.destroy();
  }

  put(key: string, body: FileBody, options: PutOptions): Promise<FileInfo> {
    return this.#put(key, body, options).catch((error: unknown) => {
      abandon(body);
      throw error;
    });
  }

  async #put(key: string, body: FileBody, options: PutOptions): Promise<FileInfo> {
    keySegments(key);
    const maxBytes = Math.min(options.maxBytes ?? this.#options.maxBytes, this.#options.maxBytes);
    return withSpool(async (spool) => {
      const received = await receive(body, spool, { ...options, maxBytes });
      if (options.signal?.aborted)
        throw fileError('files_upload_broken', { message: 'The upload was called off' });
      await this.#send(key, spool, received);
      return { key, ...received, modifiedAt: new Date() };
    });
  }

  async get(key: string, options: GetOptions = {}): Promise<StoredFile> {
    keySegments(key);
    const { range } = options;
    const command = new GetObjectCommand({
      ...this.#at(key),
      ...(range && { Range: `bytes=${range.start}-${range.end}` }),
    });
    const answer = await this.#call(() => this.#client.send(command));
    const stream = answer.Body;
    if (!(stream instanceof Readable))
      throw fileError('files_unavailable', { message: 'The S3 server sent no body' });
    try {
      const whole = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
      const info = infoFrom(key, answer, whole === undefined ? answer.ContentLength : Number(whole));
      if (options.sha256 !== undefined && options.sha256 !== info.sha256) throw fileError('files_changed');
      if (range && (range.start > range.end || range.end >= info.size))
        throw fileError('files_range_invalid');
      return { info, stream: range ? cutTo(range, stream, answer.ContentRange) : stream };
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  async stat(key: string): Promise<FileInfo> {
    keySegments(key);
    const answer = await this.#call(() => this.#client.send(new HeadObjectCommand(this.#at(key))));
    return infoFrom(key, answer, answer.ContentLength);
  }

  async delete(key: string): Promise<void> {
    keySegments(key);
    await this.#call(() => this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  async list(prefix: string, options: { limit?: number; cursor?: string } = {}): Promise<FilePage> {
    prefixFolders(prefix);
    const limit = pageLimit(options.limit);
    let after = decodePosition(options.cursor);
    const files: ListedFile[] = [];
    for (;;) {
      const command = new ListObjectsV2Command({
        Bucket: this.#options.bucket,
        Prefix: prefix,
        MaxKeys: limit + 1,
        ...(after !== '' && { StartAfter: after }),
      });
      const answer = await this.#call(() => this.#client.send(command));
      for (const {
        Key: key = '',
        Size: size = 0,
        LastModified: modifiedAt = new Date(0),
      } of answer.Contents ?? []) {
        // What others put into the bucket is none of ours, but is stepped over.
        after = key;
        if (!isFileKey(key)) continue;
        const last = files.at(-1);
        if (last && files.length === limit) return { files, cursor: encodePosition(last.key) };
        files.push({ key, size, modifiedAt });
      }
      if (!answer.IsTruncated || answer.Contents === undefined) return { files };
    }
  }

  async signedUrl(key: string, options: LinkOptions): Promise<string> {
    if (this.#options.links) return this.#options.links.sign(key, options);
    keySegments(key);
    checkLifetime(options.expiresIn);
    const inline = options.disposition === 'inline' && mayShowInline((await this.stat(key)).contentType);
    const command = new GetObjectCommand({
      ...this.#at(key),
      ResponseContentDisposition: contentDisposition(inline ? 'inline' : 'attachment', options.downloadName),
    });
    return this.#call(() => getSignedUrl(this.#client, command, { expiresIn: options.expiresIn }));
  }

  async health(): Promise<void> {
    const command = new HeadBucketCommand({ Bucket: this.#options.bucket });
    await this.#call(() => this.#client.send(command, { abortSignal: AbortSignal.timeout(HEALTH_MS) })).catch(
      (error: unknown) => {
        // To a HEAD of the bucket "not found" means the bucket itself.
        const failure = fromS3(error);
        throw failure.code === 'files_not_found'
          ? fileError('files_misconfigured', { message: 'The S3 server has no such bucket', cause: failure })
          : failure;
      },
    );
  }

  /** The client cannot repeat a streamed request, so the repetition is here, with a fresh stream each time. */
  async #send(key: string, spool: FileHandle, received: Received): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#sendOnce(key, spool, received);
        return;
      } catch (error) {
        const failure = fromS3(error);
        if (!failure.retryable || attempt === PUT_ATTEMPTS) throw failure;
        await pause(100 * 4 ** attempt * (0.5 + Math.random()));
      }
    }
  }

  async #sendOnce(key: string, spool: FileHandle, { contentType, size, sha256 }: Received): Promise<void> {
    const content = Readable.from(spooled(spool), { objectMode: false });
    const command = new PutObjectCommand({
      ...this.#at(key),
      Body: size === 0 ? '' : content,
      ContentLength: size,
      ContentType: contentType,
      Metadata: { sha256 },
    });
    command.middlewareStack.add(
      (next) => (args) => {
        // What the signature covers; the server compares it with the bytes that arrive.
        const { request } = args;
        if (typeof request === 'object' && request !== null && 'headers' in request) {
          Object.assign(request.headers as object, { 'x-amz-content-sha256': sha256 });
        }
        return next(args);
      },
      { step: 'build', name: 'signedDigest' },
    );
    try {
      await this.#client.send(command);
    } finally {
      content.destroy();
    }
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: key };
  }

  async #call<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw fromS3(error);
    }
  }
}
