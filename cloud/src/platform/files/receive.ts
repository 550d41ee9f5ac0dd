import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { AppError } from '../../kernel/errors.ts';
import {
  type ContentType,
  HEAD_BYTES,
  isText,
  parseContentType,
  proveContentType,
  refused,
  startsAsUtf16,
} from './content-type.ts';
import { fileError, fromFileSystem } from './file-error.ts';
import type { FileBody, PutOptions } from './file-store.ts';

export interface Received {
  readonly contentType: ContentType;
  readonly size: number;
  readonly sha256: string;
}

/** Writes the body to an open file that nobody else sees yet; limit, type and digest are judged on the way. */
export async function receive(
  body: FileBody,
  sink: FileHandle,
  options: PutOptions & { readonly maxBytes: number },
): Promise<Received> {
  const contentType = parseContentType(options.contentType);
  const inspector = new Inspector(contentType, options.maxBytes);
  try {
    for await (const chunk of chunksOf(body, options.signal)) {
      await inspector.take(chunk);
      await sink.writeFile(chunk).catch((error: unknown) => {
        throw fromFileSystem(error, 'Storing the upload');
      });
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw fileError('files_upload_broken', { message: 'The upload ended before it was whole', cause: error });
  }
  return inspector.finish();
}

/** Of an upload that is not wanted any more: its sender must not wait for a reader for ever. */
export function abandon(body: FileBody): void {
  if (body instanceof Readable) body.destroy();
}

function chunksOf(body: FileBody, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  const stream = body instanceof Readable ? body : Readable.from(body instanceof Uint8Array ? [body] : body);
  // An abort must also wake a reader that waits for a sender which has gone silent.
  return signal ? addAbortSignal(signal, stream) : stream;
}

class Inspector {
  readonly #claimed: ContentType;
  readonly #maxBytes: number;
  readonly #hash = createHash('sha256');
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #headJudged = false;
  #size = 0;
  #zerosAllowed: boolean;

  constructor(claimed: ContentType, maxBytes: number) {
    this.#claimed = claimed;
    this.#maxBytes = maxBytes;
    this.#zerosAllowed = !isText(claimed);
  }

  async take(chunk: Uint8Array): Promise<void> {
    this.#size += chunk.byteLength;
    // Said this way round, a limit that is no number lets nothing through.
    if (!(this.#size <= this.#maxBytes)) {
      throw fileError('files_too_large', { message: `The file is larger than ${this.#maxBytes} bytes` });
    }
    this.#hash.update(chunk);
    if (!this.#headJudged) {
      this.#head.set(chunk.subarray(0, HEAD_BYTES - this.#headBytes), this.#headBytes);
      this.#headBytes = Math.min(HEAD_BYTES, this.#headBytes + chunk.byteLength);
      if (this.#headBytes === HEAD_BYTES) await this.#judgeHead();
    }
    // A chunk that fills the head reaches beyond it, so it is looked at here too.
    if (this.#headJudged && !this.#zerosAllowed && chunk.includes(0)) throw refused(this.#claimed, 'binary');
  }

  async finish(): Promise<Received> {
    if (!this.#headJudged) await this.#judgeHead();
    return { contentType: this.#claimed, size: this.#size, sha256: this.#hash.digest('hex') };
  }

  async #judgeHead(): Promise<void> {
    this.#headJudged = true;
    const head = this.#head.subarray(0, this.#headBytes);
    await proveContentType(this.#claimed, head);
    this.#zerosAllowed ||= startsAsUtf16(head);
    if (!this.#zerosAllowed && head.includes(0)) throw refused(this.#claimed, 'binary');
  }
}
