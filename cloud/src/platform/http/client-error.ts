import type { Socket } from 'node:net';
import type { Logger } from '../telemetry/index.ts';
import { fromFramework, httpError } from './http.errors.ts';
import { explainError } from './problem.ts';
import { requestIdFrom } from './request-id.ts';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Header Fields Too Large',
};

/** What Node refuses before there is a request: written to the socket by hand, then closed. */
export function clientErrorHandler(
  logger: Logger,
): (error: Error & { code?: string }, socket: Socket) => void {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = requestIdFrom(undefined);
    const known = fromFramework(error) ?? httpError('request_malformed', { cause: error });
    const { problem } = explainError(known, requestId);
    // The code only: Node's error carries the bytes that could not be parsed.
    logger.debug({ requestId, code: error.code }, 'request refused by the HTTP parser');
    const body = JSON.stringify(problem);
    socket.end(
      [
        `HTTP/1.1 ${problem.status} ${REASONS[problem.status] ?? 'Bad Request'}`,
        'content-type: application/problem+json',
        `content-length: ${Buffer.byteLength(body)}`,
        `x-request-id: ${requestId}`,
        'cache-control: no-store',
        'connection: close',
        '',
        body,
      ].join('\r\n'),
    );
  };
}
