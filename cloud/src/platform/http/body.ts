import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBody, ApiConsumes } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { httpError } from './http.errors.ts';

type Wanted = { readonly body?: 'stream' | 'bytes' };

const BINARY = { schema: { type: 'string', format: 'binary' } } as const;

/** The route reads its body itself, of whatever type, and limits it: `bodyStream(request)`. */
export const TakesStream = (...types: readonly string[]) =>
  applyDecorators(RouteConfig({ body: 'stream' } satisfies Wanted), ApiConsumes(...types), ApiBody(BINARY));

/** The route gets the bytes of a JSON body as they came, for whoever signed them: `bodyBytes(request)`. */
export const TakesBytes = () => RouteConfig({ body: 'bytes' } satisfies Wanted);

/** May be destroyed: that ends the reading, not the connection, on which the answer is still to go out. */
export function bodyStream(request: FastifyRequest): Readable {
  if (request.body instanceof Readable) return Readable.from(piecesOf(request.body));
  throw httpError('body_malformed', { message: 'the request has no body' });
}

/**
 * What nobody wants to read is thrown away as it comes, for as long as a request may take: a sender whose connection is cut
 * in the middle never sees why.
 */
async function* piecesOf(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body.iterator({ destroyOnReturn: false });
  } finally {
    body.resume();
  }
}

export function bodyBytes(request: FastifyRequest): Buffer {
  if (Buffer.isBuffer(request.body)) return request.body;
  throw httpError('body_malformed', { message: 'the request has no body' });
}

export function addBodyParsers(server: FastifyInstance): void {
  server.removeContentTypeParser('text/plain');
  addJsonParser(server);
  server.addContentTypeParser('*', (request, payload, done) => {
    if (wanted(request) === 'stream') done(null, payload);
    else done(httpError('media_type_unsupported'));
  });
}

/** Fastify's parser would put a replacement for bytes that are no text: what was meant is not known, so it is refused. */
function addJsonParser(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (wanted(request) === 'bytes') done(null, body);
    else if (isUtf8(body)) parse(request, body.toString('utf8'), done);
    else done(httpError('body_malformed', { message: 'the body is not UTF-8' }));
  });
}

const wanted = ({ routeOptions }: FastifyRequest): Wanted['body'] => (routeOptions.config as Wanted).body;
