import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { lifecycleError } from './boot.errors.ts';

/** Listens, or says in one line why the operating system does not let it. */
export async function listen(app: NestFastifyApplication, host: string, port: number): Promise<string> {
  try {
    await app.listen(port, host);
  } catch (error) {
    throw explain(error, host, port) ?? error;
  }
  return listeningAt(app);
}

function listeningAt(app: NestFastifyApplication): string {
  const address = app.getHttpServer().address();
  if (typeof address !== 'object' || address === null) return String(address);
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${host}:${address.port}`;
}

function explain(error: unknown, host: string, port: number): Error | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return lifecycleError('port_taken', {
        message: `port ${port} on ${host} is taken by another process; set http.port (METERLINE_HTTP__PORT) to a free one, or end that process`,
      });
    case 'EACCES':
      return lifecycleError('address_unusable', {
        message: `port ${port} may not be used by this user; set http.port to 1024 or above`,
      });
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return lifecycleError('address_unusable', {
        message: `${host} is not an address of this machine; set http.host (METERLINE_HTTP__HOST)`,
      });
    default:
      return undefined;
  }
}
