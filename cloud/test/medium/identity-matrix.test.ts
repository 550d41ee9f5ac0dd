import { type CallHandler, type ExecutionContext, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { throwError } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { extentOf, type Permission, ROLES, type Role } from '../../src/identity/index.ts';
import { PLATFORM } from '../../src/platform/db/index.ts';
import { httpError } from '../../src/platform/http/index.ts';
import { guardedModules } from '../../src/roles/openapi.ts';
import { type GuardedRoute, guardedRoutes } from '../../src/roles/permission-reference.ts';
import { type Client, type IdentityStage, openIdentity } from '../support/identity.ts';

/** Nothing behind the guards runs: whoever was let in gets one and the same refusal. */
let onlyGuards = false;

@Module({
  providers: [
    {
      provide: APP_INTERCEPTOR,
      useValue: {
        intercept: (_context: ExecutionContext, next: CallHandler) =>
          onlyGuards ? throwError(() => httpError('validation_failed')) : next.handle(),
      },
    },
  ],
})
class BehindTheGuards {}

let stage: IdentityStage;
let mine: string;
let theirs: string;
let routes: readonly GuardedRoute[];
const clients = new Map<Role, Client>();

beforeAll(async () => {
  stage = await openIdentity(({ gate }) => [{ module: BehindTheGuards }, ...guardedModules(gate)]);
  mine = await stage.addOrganisation('Mine');
  theirs = await stage.addOrganisation('Theirs');
  routes = await guardedRoutes();
  for (const role of ROLES) {
    const joined = await stage.join(
      role === 'platform_admin' ? PLATFORM : mine,
      [role],
      `${role}@example.org`,
    );
    clients.set(role, joined.client);
  }
  onlyGuards = true;
});
// A person joins by routes whose work is wanted.
const joining = async (role: Role, login: string) => {
  onlyGuards = false;
  const joined = await stage.join(mine, [role], login);
  onlyGuards = true;
  return joined;
};
afterAll(() => stage.close());

type Verdict = 'let in' | 'forbidden' | 'not there' | 'unauthenticated' | 'no route';

const NOT_THERE = ['organisation_not_found', 'membership_not_found'];
const SOMETHING = '01900000-0000-7000-8000-000000000000';

async function verdictOf(
  client: Client,
  { method, path }: GuardedRoute,
  organisation: string,
): Promise<Verdict> {
  const filled = path
    .replace('/api/v1', '')
    .replace('{organisation}', organisation)
    .replace(/\{\w+\}/g, SOMETHING);
  const { status, body } = await client.ask(method, filled, method === 'GET' ? undefined : {});
  const code = String(body.code);
  if (status === 401) return 'unauthenticated';
  if (status === 403) {
    expect(code, `${method} ${path}`).toBe('forbidden');
    return 'forbidden';
  }
  if (NOT_THERE.includes(code)) return 'not there';
  return code === 'validation_failed' ? 'let in' : 'no route';
}

function expected(role: Role, { needs }: GuardedRoute): Verdict {
  const [permission = '', own] = needs.split(':');
  const extent = extentOf(role, permission as Permission);
  return extent === 'all' || (extent === 'own' && own === 'own') ? 'let in' : 'forbidden';
}

/** Every route that differs, in words. Several at a time: nothing behind the guards tells them apart. */
async function differences(
  client: Client,
  organisation: string,
  want: (route: GuardedRoute) => Verdict,
): Promise<string[]> {
  const waiting = [...routes];
  const found: string[] = [];
  const asker = async () => {
    for (let route = waiting.shift(); route; route = waiting.shift()) {
      const verdict = await verdictOf(client, route, organisation);
      if (verdict !== want(route)) found.push(`${route.method} ${route.path} (${route.needs}): ${verdict}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, asker));
  return found.sort();
}

test('there are routes, and each asks for a permission of the matrix', () => {
  expect(routes.length).toBeGreaterThan(50);
  expect(routes.map(({ needs }) => needs.split(':')[0])).not.toContain('');
});

describe.each(ROLES)('%s', (role) => {
  const client = () => clients.get(role) ?? stage.client();

  test('in the own organisation, every route as the matrix says', async () => {
    expect(await differences(client(), mine, (route) => expected(role, route))).toEqual([]);
  });

  test('in another organisation, none is there', async () => {
    // What is of no organisation is the hub's own, whoever asks.
    const want = (route: GuardedRoute) =>
      role === 'platform_admin' || !route.path.includes('{organisation}')
        ? expected(role, route)
        : ('not there' as const);
    expect(await differences(client(), theirs, want)).toEqual([]);
  });
});

test('nobody is let in without a sign-in, and the operator everywhere', async () => {
  expect(await differences(stage.client(), mine, () => 'unauthenticated')).toEqual([]);
  expect(await differences(stage.operator(), mine, () => 'let in')).toEqual([]);
});

describe('every refusal stands in the audit', () => {
  const refusals = async () => {
    const { rows } = await stage.ground.pools.owner.query<{ reason: string; personal: string; kind: string }>(
      "select reason, personal, actor_kind as kind from audit_entry where action = 'access.refused' order by at, id",
    );
    return rows;
  };

  test('of persons and keys, with the reason, and the address under the key of the person', async () => {
    const before = (await refusals()).length;
    const { client } = await joining('tenant', 'refused@example.org');
    await client.get(`/organisations/${mine}/gateways`);
    await client.get(`/organisations/${theirs}/gateways`);
    const added = (await refusals()).slice(before);
    expect(added.map(({ reason }) => reason)).toEqual([
      'forbidden: gateways.read',
      'not_a_member: gateways.read',
    ]);
    for (const { personal } of added) expect(personal).toContain('actor.address');
  });

  test('of whoever shows a token that opens nothing', async () => {
    const visitor = stage.client();
    visitor.bearer = 'guessed-operator-token';
    await visitor.get(`/organisations/${mine}/gateways`);
    expect((await refusals()).at(-1)).toMatchObject({
      kind: 'visitor',
      reason: 'unauthenticated: a token that opens nothing',
    });
  });

  test('a flood of them is a number', async () => {
    const { client } = await joining('tenant', 'flood@example.org');
    const before = (await refusals()).length;
    await Promise.all(Array.from({ length: 120 }, () => client.get(`/organisations/${mine}/gateways`)));
    const first = (await refusals()).slice(before);
    expect(first.map(({ reason }) => reason)).toEqual(Array(10).fill('forbidden: gateways.read'));
    await stage.services.refusals.flush();
    const flooded = (await refusals()).filter(({ reason }) => reason.includes('; 110 more until '));
    expect(flooded).toHaveLength(1);
    await stage.services.refusals.flush();
    expect((await refusals()).at(-1)).toEqual(flooded[0]);
  });
});
