import { pipeline, Readable } from 'node:stream';
import { Controller, Get, Inject, Logger, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Refuses } from '../http/index.ts';
import type { FileStore } from './file-store.ts';
import { FILES_PATH, type FileLinks } from './links.ts';
import { type FileRequest, type FileResponse, keyFromPath, serveFile } from './serve-file.ts';

export const FILE_STORE = Symbol('FILE_STORE');
export const FILE_LINKS = Symbol('FILE_LINKS');

const log = new Logger('files');
const BINARY = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };

/** What signed links point to. The signature is the permission: no sign-in is looked at. */
@Controller('files')
export class FilesController {
  readonly #store: FileStore;
  readonly #links: FileLinks;

  constructor(@Inject(FILE_STORE) store: FileStore, @Inject(FILE_LINKS) links: FileLinks) {
    this.#store = store;
    this.#links = links;
  }

  @Get('*')
  @ApiOperation({
    summary: 'Download a file: the whole address comes as a signed link',
    operationId: 'downloadFile',
  })
  @ApiResponse({ status: 200, description: 'The file', content: BINARY })
  @ApiResponse({ status: 206, description: 'The range of it that was asked for', content: BINARY })
  @ApiResponse({ status: 304, description: 'Unchanged' })
  @Refuses(403, 404)
  async download(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await serveFile(this.#store, this.#links, fileRequest(request)));
  }
}

function fileRequest({ method, url, headers }: FastifyRequest): FileRequest {
  const [path = '', query = ''] = url.split('?');
  return {
    method: method === 'HEAD' ? 'HEAD' : 'GET',
    key: keyFromPath(path.slice(FILES_PATH.length)),
    query: new URLSearchParams(query),
    headers,
  };
}

function send(reply: FastifyReply, { status, headers, body }: FileResponse): void {
  reply.code(status).headers(headers);
  if (body) stream(reply, body);
  // To a HEAD Fastify states the length of what is sent, unless that is a stream.
  else reply.send(Readable.from([]));
}

/** Taken out of Fastify's hands, which would cut a slow client off when the time for an answer is over. */
function stream(reply: FastifyReply, body: Readable): void {
  reply.header('x-request-id', reply.request.id).hijack();
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value);
  }
  reply.raw.writeHead(reply.statusCode);
  pipeline(body, reply.raw, (error) => {
    if (error && error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
      log.warn(`a download broke off: ${error.message}`);
  });
}
