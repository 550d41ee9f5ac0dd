import {
  type Extent,
  extentOf,
  MAY_GRANT,
  NEEDS_SECOND_FACTOR,
  PERMISSIONS,
  ROLES,
} from '../identity/index.ts';
import { emitOpenApi } from './openapi.ts';

const SIGNS: Readonly<Record<Extent, string>> = { all: '●', own: '○' };

const signOf = (extent: Extent | undefined): string => (extent ? SIGNS[extent] : '');

const HEAD = `# Who may do what

Generated from the code by \`make gen\`; do not edit.

● of the whole organisation, ○ of what one's own leases cover, for their time. A person may have several roles in an
organisation, and others in other organisations. The platform's people have their column in every organisation. The operator, who
holds the token of the configuration, may do everything. The same table decides in the API, is told to the database
(\`app.may\`), and comes to the dashboard with the session.`;

interface Operation {
  readonly 'x-permission'?: string;
}

/** The matrix, and which routes ask for what: nothing of it is written twice. */
export async function emitPermissionReference(): Promise<string> {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const words = ROLES.map((role) => role.replace('_', ' '));
  const matrix = [
    row(['', ...words]),
    row(['---', ...ROLES.map(() => ':-:')]),
    ...PERMISSIONS.map((permission) =>
      row([`\`${permission}\``, ...ROLES.map((role) => signOf(extentOf(role, permission)))]),
    ),
  ];
  const grants = [
    row(['role', 'gives and takes']),
    row(['---', '---']),
    ...ROLES.map((role) =>
      row([role.replace('_', ' '), MAY_GRANT[role].map((each) => each.replace('_', ' ')).join(', ')]),
    ),
  ];
  const routes = [
    row(['route', 'needs']),
    row(['---', '---']),
    ...(await guardedRoutes()).map(({ method, path, needs }) =>
      row([`\`${method} ${path}\``, `\`${needs}\``]),
    ),
  ];
  const factor = NEEDS_SECOND_FACTOR.map((role) => role.replace('_', ' ')).join(' and ');
  return `${[
    HEAD,
    matrix.join('\n'),
    `Nothing is open to a person who is ${factor} until the session has shown a second factor.`,
    '## Who gives which role',
    grants.join('\n'),
    '## What the routes ask for',
    "A route that is not here asks for a session of one's own, for nothing (signing in, links that are good once), or for the operator's token.",
    routes.join('\n'),
  ].join('\n\n')}\n`;
}

export interface GuardedRoute {
  readonly method: string;
  readonly path: string;
  readonly needs: string;
}

export async function guardedRoutes(): Promise<readonly GuardedRoute[]> {
  const document = JSON.parse(await emitOpenApi()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { 'x-permission': needs }]) =>
      needs === undefined ? [] : [{ method: method.toUpperCase(), path, needs }],
    ),
  );
}
