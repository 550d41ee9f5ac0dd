import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ExpiryService, type PersonRecords } from '../../src/identity/index.ts';
import { PLATFORM } from '../../src/platform/db/index.ts';
import { type IdentityStage, type Joined, openIdentity, PASSWORD } from '../support/identity.ts';

/** Stands in for a feature that keeps something about people: whose lease is open is held. */
const open = new Set<string>();
const forgotten: string[] = [];
const records: PersonRecords = {
  name: 'leases',
  collect: async (tx, person) => [{ number: 'L-1', of: person, in: tx.organisation }],
  holds: async (_tx, person) =>
    open.has(person) ? [{ reason: 'has a lease that is open', until: '2027-03-01' }] : [],
  forget: async (tx, person) => void forgotten.push(`${tx.organisation} ${person}`),
};

let stage: IdentityStage;
let mine: string;
let theirs: string;
let owner: Joined;
let manager: Joined;

beforeAll(async () => {
  stage = await openIdentity([], { records: [records] });
  mine = await stage.addOrganisation('Mine');
  theirs = await stage.addOrganisation('Theirs');
  owner = await stage.join(mine, ['owner'], 'owner@example.org');
  manager = await stage.join(mine, ['manager'], 'manager@example.org');
});
afterAll(() => stage.close());

const people = (organisation: string) => `/identity/organisations/${organisation}`;
const NOTICE = { th: { title: 'ประกาศ', text: 'เราเก็บ…' }, en: { title: 'Notice', text: 'We keep …' } };
const invite = async () => {
  const { body } = await manager.client.post(`${people(mine)}/invitations`, {
    name: 'New',
    roles: ['tenant'],
  });
  return String(body.address).split('#')[1] ?? '';
};
const audit = async (organisation: string, action: string) => {
  const { body } = await stage.operator().get(`/organisations/${organisation}/audit?action=${action}`);
  return body.items as { subject: { id: string }; reason: string | null; values: object[]; actor: object }[];
};

describe('consent', () => {
  let first: string;

  test('a notice is published by whoever rules the house, and stays as it is', async () => {
    const notice = { kind: 'privacy', texts: NOTICE, required: true };
    expect((await manager.client.post(`${people(mine)}/documents`, notice)).status).toBe(403);
    const published = await owner.client.post(`${people(mine)}/documents`, notice);
    expect(published).toMatchObject({
      status: 201,
      body: { version: 1, required: true, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    first = String(published.body.id);
    await expect(
      stage.ground.pools.owner.query('update consent_document set required = false'),
    ).rejects.toThrow(/append-only/);
    expect((await stage.client().get(`/identity/documents/${first}`)).body).toEqual(published.body);
  });

  test('whoever joins reads it first, and cannot join without it', async () => {
    const token = await invite();
    const visitor = stage.client();
    const looked = await visitor.post('/identity/invitations/look', { token });
    expect(looked.body.documents).toMatchObject([{ id: first, texts: NOTICE }]);
    const given = { token, password: PASSWORD, contact: 'consents@example.org', locale: 'th' };
    const refused = await visitor.post('/identity/invitations/accept', given);
    expect(refused).toMatchObject({ status: 409, body: { code: 'consent_needed' } });
    expect((await visitor.post('/identity/invitations/accept', { ...given, consents: [first] })).status).toBe(
      200,
    );
    expect((await visitor.get('/identity/consents')).body.items).toMatchObject([
      { id: first, givenAt: expect.stringMatching(/^\d{4}-/) },
    ]);
    const listed = await manager.client.get(`${people(mine)}/consents`);
    expect(listed.body.items).toMatchObject([
      { document: first, version: 1, locale: 'th', withdrawnAt: null },
    ]);
  });

  test('the next version is agreed to anew; it can be taken back, and both stay on record', async () => {
    const tenant = await joinedWith([first], 'again@example.org');
    const notice = { kind: 'privacy', texts: { id: { title: 'Privasi', text: 'Kami …' } }, required: true };
    const second = await owner.client.post(`${people(mine)}/documents`, notice);
    expect(second.body).toMatchObject({ version: 2 });
    const own = async () => (await tenant.get('/identity/consents')).body.items;
    expect(await own()).toMatchObject([{ id: second.body.id, givenAt: null }]);
    const agree = (document: unknown) => tenant.post('/identity/consents', { document, locale: 'id' });
    expect(await agree(first)).toMatchObject({ status: 404, body: { code: 'consent_document_not_found' } });
    expect((await agree(second.body.id)).status).toBe(200);
    expect((await agree(second.body.id)).status).toBe(200);
    expect(await own()).toMatchObject([{ givenAt: expect.any(String) }]);
    const withdraw = () => tenant.post(`/identity/consents/${second.body.id}/withdraw`);
    expect((await withdraw()).status).toBe(200);
    expect((await withdraw()).status).toBe(404);
    expect(await own()).toMatchObject([{ givenAt: null }]);
    expect((await audit(mine, 'consent.withdrawn')).length).toBe(1);
    first = String(second.body.id);
  });

  test('two who publish at once have two versions, or one of them is told', async () => {
    const notice = { kind: 'terms', texts: NOTICE, required: false };
    const tries = await Promise.all(
      [1, 2, 3].map(() => stage.operator().post(`${people(theirs)}/documents`, notice)),
    );
    const versions = tries.filter(({ status }) => status === 201).map(({ body }) => body.version);
    expect(new Set(versions).size).toBe(versions.length);
    for (const { status } of tries) expect([201, 409]).toContain(status);
  });

  async function joinedWith(consents: readonly string[], contact: string) {
    const browser = stage.client();
    const token = await invite();
    await browser.post('/identity/invitations/accept', { token, password: PASSWORD, contact, consents });
    return browser;
  }
});

const current = async () => {
  const { body } = await stage.operator().get(`${people(mine)}/documents`);
  return (body.items as { id: string }[])[0]?.id ?? '';
};

/** A tenant of mine with a session, a consent, entries in the audit. */
async function resident(contact: string) {
  const token = await invite();
  const browser = stage.client();
  const consents = [await current()];
  const joined = await browser.post('/identity/invitations/accept', {
    token,
    password: PASSWORD,
    contact,
    consents,
    name: 'Khun Malee',
  });
  expect(joined.status).toBe(200);
  return { browser, person: String(joined.body.person) };
}

describe('a copy of one’s data', () => {
  test('is whole, is one’s own, and asks for the password once more', async () => {
    const { browser, person } = await resident('copy@example.org');
    expect((await browser.post('/identity/export', { password: 'not the password' })).status).toBe(401);
    const { body, headers } = await browser.post('/identity/export', { password: PASSWORD });
    expect(headers.get('content-disposition')).toContain('my-data.json');
    expect(body).toMatchObject({
      format: 'meterline person 1',
      person,
      account: {
        name: 'Khun Malee',
        contacts: [{ value: 'copy@example.org' }],
        sessions: [{ kind: 'browser', level: 1 }],
        consents: [{ organisation: mine, kind: 'privacy' }],
        memberships: [{ organisation: mine, roles: ['tenant'] }],
      },
    });
    const places = body.organisations as { organisation: string; audit: { action: string }[] }[];
    expect(places.map(({ organisation }) => organisation)).toEqual([mine, PLATFORM]);
    expect(places[0]).toMatchObject({ leases: [{ number: 'L-1', of: person, in: mine }] });
    expect(places[0]?.audit.map(({ action }) => action)).toContain('person.joined');
    expect(places[1]?.audit.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['session.started', 'person.exported']),
    );
    expect(JSON.stringify(places)).toContain(browser.address);
    const text = JSON.stringify(body);
    expect(text).not.toMatch(/\$argon2id|ml[a-z]_[\w-]{43}/);
    expect(text).not.toContain('owner@example.org');
  });

  test('an organisation hands out what it has itself, and nothing of elsewhere', async () => {
    const { browser, person } = await resident('both@example.org');
    const there = await stage
      .operator()
      .post(`${people(theirs)}/invitations`, { name: 'There', roles: ['tenant'] });
    const token = String(there.body.address).split('#')[1];
    expect((await browser.post('/identity/invitations/accept', { token })).status).toBe(200);
    const { status, body } = await manager.client.get(`${people(mine)}/people/${person}/export`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ member: { name: 'Khun Malee' }, organisations: [{ organisation: mine }] });
    expect(JSON.stringify(body)).not.toContain(theirs);
    const stranger = await manager.client.get(`${people(mine)}/people/${PLATFORM}/export`);
    expect(stranger).toMatchObject({ status: 404, body: { code: 'member_not_found' } });
  });
});

describe('forgetting', () => {
  test('is refused while something holds, with the reason and the day', async () => {
    const { browser, person } = await resident('held@example.org');
    open.add(person);
    expect((await browser.get('/identity/forget')).body).toEqual({
      holds: [{ organisation: mine, reason: 'has a lease that is open', until: '2027-03-01' }],
    });
    const refused = await browser.post('/identity/forget', { password: PASSWORD });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'forget_held', detail: expect.stringContaining('until 2027-03-01') },
    });
    const byManager = await manager.client.post(`${people(mine)}/people/${person}/forget`, {
      reason: 'moved',
    });
    expect(byManager).toMatchObject({ status: 409, body: { code: 'forget_held' } });
    expect((await browser.get('/session')).status).toBe(200);
    open.delete(person);
    const alone = await owner.client.post('/identity/forget', { password: PASSWORD });
    expect(alone.body.detail).toContain('the only owner');
  });

  test('by the person: nothing of them can be read any more, and ids stay', async () => {
    const { browser, person } = await resident('malee.forget@example.org');
    await browser.post('/session/tokens', { login: 'malee.forget@example.org', password: PASSWORD });
    expect((await browser.post('/identity/forget', { password: 'guess' })).status).toBe(401);
    const { body } = await browser.post('/identity/forget', { password: PASSWORD });
    expect(body).toEqual({ done: true });
    expect(browser.cookies.get('meterline_session')).toBeUndefined();
    expect(forgotten).toContain(`${mine} ${person}`);
    expect((await stage.client().signIn('malee.forget@example.org')).status).toBe(401);
    const { rows } = await stage.ground.pools.owner.query<{ text: string }>(
      `select coalesce(string_agg(t, ' '), '') as text from (
         select p::text as t from person p where id = $1 union all select c::text from person_contact c where person_id = $1
         union all select c::text from person_credential c where person_id = $1 union all select s::text from session s where person_id = $1
         union all select l::text from person_link l where person_id = $1 union all select i::text from invitation i where used_by = $1) x`,
      [person],
    );
    expect(rows[0]?.text).toContain('forgotten');
    for (const word of ['Malee', 'malee', 'argon2', 'example.org']) expect(rows[0]?.text).not.toContain(word);
    const joined = (await audit(mine, 'person.joined')).find(({ subject }) => subject.id === person);
    expect(joined?.values).toEqual(expect.arrayContaining([{ field: 'name', person, forgotten: true }]));
    const keys = await stage.ground.pools.owner.query(
      'select from person_key where person_id = $1 and wrapped is not null',
      [person],
    );
    expect(keys.rowCount).toBe(0);
    // Not even by the owner of the tables, by mistake.
    await expect(
      stage.ground.pools.owner.query("update person set name = 'Malee' where id = $1", [person]),
    ).rejects.toThrow(/forgotten for good/);
    expect((await audit(mine, 'person.forgotten')).at(0)).toMatchObject({
      subject: { id: person },
      reason: 'asked for by the person',
    });
    // What they signed in with is free again.
    const again = await resident('malee.forget@example.org');
    expect(again.person).not.toBe(person);
  });

  test('by one organisation: who is somebody elsewhere stays so there', async () => {
    const { browser, person } = await resident('elsewhere@example.org');
    const there = await stage
      .operator()
      .post(`${people(theirs)}/invitations`, { name: 'There', roles: ['tenant'] });
    await browser.post('/identity/invitations/accept', { token: String(there.body.address).split('#')[1] });
    const path = `${people(mine)}/people/${person}/forget`;
    expect((await manager.client.post(path, { reason: 'moved out' })).body).toEqual({ whole: false });
    const listed = await manager.client.get(`${people(mine)}/people`);
    expect(JSON.stringify(listed.body)).not.toContain(person);
    const { body } = await browser.get('/session');
    expect((body.places as object[]).length).toBe(1);
    expect(await manager.client.post(path, { reason: 'once more' })).toMatchObject({ status: 404 });
    expect((await audit(mine, 'person.joined')).find(({ subject }) => subject.id === person)?.values).toEqual(
      expect.arrayContaining([{ field: 'name', person, forgotten: true }]),
    );
    const last = await stage
      .operator()
      .post(`${people(theirs)}/people/${person}/forget`, { reason: 'the end' });
    expect(last.body).toEqual({ whole: true });
    expect((await browser.get('/session')).status).toBe(401);
  });

  test('nobody forgets whom they could not have invited', async () => {
    const path = `${people(mine)}/people/${owner.person}/forget`;
    expect(await manager.client.post(path, { reason: 'not theirs' })).toMatchObject({
      status: 403,
      body: { code: 'role_not_yours_to_give' },
    });
  });

  test('what broke off in the middle is finished', async () => {
    const { person } = await resident('broken@example.org');
    const broken = stage.ground.pools.owner;
    await broken.query(
      "update person set forget_asked_at = now(), state = 'disabled', disabled_at = now() where id = $1",
      [person],
    );
    await stage.services.forget.finish(person, 'asked for by the person');
    await stage.services.forget.finish(person, 'asked for by the person');
    const { rows } = await broken.query<{ state: string }>('select state from person where id = $1', [
      person,
    ]);
    expect(rows).toEqual([{ state: 'forgotten' }]);
    expect(
      (await audit(mine, 'person.forgotten')).filter(({ subject }) => subject.id === person),
    ).toHaveLength(1);
  });
});

describe('retention', () => {
  const expiry = () =>
    new ExpiryService({
      everybody: stage.ground.parts.everybody,
      forget: stage.services.forget,
      keep: { signInDays: 90, personYears: 10 },
      clock: stage.clock,
    } as ConstructorParameters<typeof ExpiryService>[0]);
  const run = () => expiry().run(AbortSignal.timeout(30_000));
  const count = async (table: string) => {
    const { rows } = await stage.ground.pools.owner.query<{ n: number }>(
      `select count(*)::int as n from ${table}`,
    );
    return rows[0]?.n ?? 0;
  };

  test('what is in use stays, what ended long ago goes', async () => {
    const { person } = await resident('stays@example.org');
    const before = await count('session');
    expect(await run()).toMatchObject({ sessions: 0, invitations: 0, links: 0, forgotten: 0 });
    expect(await count('session')).toBe(before);
    // The database judges by its own clock as well: nothing younger than a week goes, whatever is asked.
    await stage.ground.pools.owner.query(
      "update session set ends_at = now() - interval '100 days' where person_id = $1",
      [person],
    );
    await stage.ground.pools.owner.query(
      "update invitation set used_at = now() - interval '100 days' where used_by = $1",
      [person],
    );
    expect(await run()).toMatchObject({ sessions: 1, invitations: 1 });
  });

  test('who asked and was held is forgotten as soon as nothing holds; who left years ago as well', async () => {
    const asked = await resident('asked@example.org');
    const gone = await resident('gone@example.org');
    open.add(asked.person);
    const owner = stage.ground.pools.owner;
    await owner.query(
      "update person set forget_asked_at = now(), state = 'disabled', disabled_at = now() where id = $1",
      [asked.person],
    );
    await owner.query("update person set created_at = now() - interval '12 years' where id = $1", [
      gone.person,
    ]);
    await owner.query(
      "update membership set state = 'ended', ended_at = now() - interval '11 years' where person_id = $1",
      [gone.person],
    );
    const first = await run();
    expect(first).toMatchObject({ forgotten: 1, held: [{ person: asked.person }] });
    open.delete(asked.person);
    expect(await run()).toMatchObject({ forgotten: 1, held: [] });
    expect(await run()).toMatchObject({ forgotten: 0, held: [] });
    const { rows } = await owner.query<{ state: string }>('select state from person where id = any($1)', [
      [asked.person, gone.person],
    ]);
    expect(rows).toEqual([{ state: 'forgotten' }, { state: 'forgotten' }]);
  });
});
