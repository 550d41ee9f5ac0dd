import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLATFORM } from '../../src/platform/db/index.ts';
import { type IdentityStage, type Joined, openIdentity } from '../support/identity.ts';

let stage: IdentityStage;
let mine: string;
let theirs: string;
let manager: Joined;
let auditor: Joined;
let tenant: Joined;

interface Shown {
  readonly id: string;
  readonly at: string;
  readonly actor: { kind: string; id: string | null; address: string | null };
  readonly action: string;
  readonly outcome: string;
  readonly subject: { type: string; id: string };
  readonly reason: string | null;
  readonly requestId: string | null;
}

beforeAll(async () => {
  stage = await openIdentity();
  mine = await stage.addOrganisation('Mine');
  theirs = await stage.addOrganisation('Theirs');
  manager = await stage.join(mine, ['manager'], 'manager@example.org');
  auditor = await stage.join(mine, ['auditor'], 'auditor@example.org');
  tenant = await stage.join(mine, ['tenant'], 'tenant@example.org');
  for (let i = 0; i < 12; i += 1)
    await manager.client.post(`/identity/organisations/${mine}/invitations`, {
      name: `=HYPERLINK("room ${i}")`,
      roles: ['tenant'],
    });
  await tenant.client.get(`/organisations/${mine}/audit`);
  await tenant.client.get(`/organisations/${mine}/gateways`);
});
afterAll(() => stage.close());

const list = async (query = '', by = auditor, organisation = mine) => {
  const { status, body } = await by.client.get(`/organisations/${organisation}/audit?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as unknown as { items: Shown[]; next: string | null };
};

describe('reading the audit', () => {
  test('is for whoever may, of their own organisation', async () => {
    expect((await tenant.client.get(`/organisations/${mine}/audit`)).status).toBe(403);
    expect((await auditor.client.get(`/organisations/${theirs}/audit`)).status).toBe(404);
    expect((await stage.client().get(`/organisations/${mine}/audit`)).status).toBe(401);
    const { rows } = await stage.ground.pools.app.query('select count(*)::int as n from audit_entry');
    expect(rows).toEqual([{ n: 0 }]);
    const within = await stage.ground.parts.db.transaction(
      {
        organisation: mine,
        actor: { kind: 'user', id: tenant.person, person: tenant.person },
        may: 'usage.read:own',
      },
      (tx) => tx.audit.list(),
    );
    expect(within).toEqual([]);
  });

  test('pages are whole, in order, without gap or repeat', async () => {
    const all = (await list('limit=500')).items;
    const paged: Shown[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page = await list(`limit=4${next === '' ? '' : `&after=${next}`}`);
      paged.push(...page.items);
      next = page.next;
    }
    expect(paged).toEqual(all);
    expect(all.length).toBeGreaterThan(15);
  });

  test.each([
    ['an action', () => 'action=invitation.made', ({ action }: Shown) => action === 'invitation.made'],
    ['actions of a kind', () => 'action=person.', ({ action }: Shown) => action.startsWith('person.')],
    ['who did it', () => `actor=${manager.person}`, ({ actor }: Shown) => actor.id === manager.person],
    ['what did it', () => 'actorKind=operator', ({ actor }: Shown) => actor.kind === 'operator'],
    [
      'to what',
      () => `subject=person:${tenant.person}`,
      ({ subject }: Shown) => subject.id === tenant.person,
    ],
    ['what was refused', () => 'outcome=refused', ({ outcome }: Shown) => outcome === 'refused'],
    ['what was done', () => 'outcome=done', ({ outcome }: Shown) => outcome === 'done'],
    [
      'from where, though it is encrypted',
      () => `address=${manager.client.address}`,
      ({ actor }: Shown) => actor.address === manager.client.address,
    ],
    [
      'from where, by the operator',
      () => 'address=10.9.9.9',
      ({ actor }: Shown) => actor.address === '10.9.9.9',
    ],
  ])('finds %s, all of it and nothing else', async (_what, query, fits) => {
    const all = (await list('limit=500')).items;
    const found = (await list(`limit=500&${query()}`)).items;
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(all.filter(fits));
  });

  test('finds what happened between two times, half-open, and in one request', async () => {
    const all = (await list('limit=500')).items;
    const [newer, older] = [all[2], all[6]];
    const cut = (at = '') => `${at.slice(0, 23)}Z`;
    const found = (await list(`limit=500&from=${cut(older?.at)}&to=${cut(newer?.at)}`)).items;
    expect(found.map(({ id }) => id)).toContain(older?.id);
    expect(found.map(({ id }) => id)).not.toContain(newer?.id);
    const request = newer?.requestId ?? '';
    expect((await list(`request=${request}`)).items.map(({ requestId }) => requestId)).toContain(request);
  });

  test('a refused access says who, from where and why', async () => {
    const [refused] = (await list('outcome=refused')).items;
    expect(refused).toMatchObject({
      action: 'access.refused',
      actor: { kind: 'user', id: tenant.person, address: tenant.client.address },
      reason: expect.stringMatching(/^forbidden: /),
    });
  });

  test.each(['after=x', 'limit=0', 'limit=501', 'from=yesterday', 'subject=person', 'colour=red'])(
    'says what is wrong with %s',
    async (query) => {
      expect((await auditor.client.get(`/organisations/${mine}/audit?${query}`)).status).toBe(422);
    },
  );

  test('the platform has an audit of its own', async () => {
    const { body } = await stage.operator().get(`/organisations/${PLATFORM}/audit?action=session.started`);
    expect((body.items as Shown[]).length).toBeGreaterThan(2);
  });
});

describe('exporting it', () => {
  const file = async (name: string) => {
    const cookie = [...auditor.client.cookies].map(([key, value]) => `${key}=${value}`).join('; ');
    const response = await fetch(`${stage.base}/api/v1/organisations/${mine}/audit/${name}`, {
      headers: { cookie },
    });
    return { type: response.headers.get('content-type') ?? '', text: await response.text() };
  };

  test('as CSV: one line an entry', async () => {
    const { type, text } = await file('export.csv?action=invitation.made');
    expect(type).toContain('text/csv');
    const lines = text.trimEnd().split('\r\n');
    expect(lines[0]).toBe(
      'at,actor kind,actor,address,action,outcome,subject type,subject,fields,values,reason,request,entry',
    );
    const { items } = await list('limit=500&action=invitation.made');
    expect(lines).toHaveLength(items.length + 1);
    expect(lines[1]).toContain(`,${manager.client.address},invitation.made,done,`);
  });

  test('as JSON lines: the same entries as the list, in the same order', async () => {
    const { text } = await file('export.jsonl');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Shown);
    expect(lines).toEqual((await list('limit=500')).items);
  });
});
