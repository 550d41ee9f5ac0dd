import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const API_PATHS = /^\/(?:api|files|healthz|readyz|metrics)(?:\/|$)/;

export const hasDashboard = (folder: string | undefined): folder is string =>
  folder !== undefined && existsSync(join(folder, 'index.html'));

/** One route a file, found at start: nothing outside of the list can be asked for, whatever the path says. */
export async function addDashboard(server: FastifyInstance, folder: string): Promise<void> {
  await server.register(fastifyStatic, {
    root: folder,
    wildcard: false,
    index: ['index.html'],
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (reply, path) => {
      // The build puts a hash of the content into the names of what lies in assets/.
      const hashed = path.startsWith(join(folder, 'assets'));
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

/** An address of the app itself, as /invoices/7: only for a person's browser, never for an API or a missing file. */
export function isAppAddress(request: FastifyRequest): boolean {
  const path = request.url.split('?', 1)[0] ?? '';
  const wantsPage = request.headers.accept?.includes('text/html') === true;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && wantsPage && !API_PATHS.test(path) && !/\.[a-z0-9]{1,8}$/i.test(path);
}

export const sendApp = (reply: FastifyReply): FastifyReply => reply.sendFile('index.html');
