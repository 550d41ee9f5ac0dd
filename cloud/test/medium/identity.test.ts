import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLATFORM } from '../../src/platform/db/index.ts';
import {
  type Client,
  enrol,
  type IdentityStage,
  type Joined,
  openIdentity,
  PASSWORD,
} from '../support/identity.ts';

let stage: IdentityStage;
let mine: string;
let theirs: string;
let owner: Joined;
let manager: Joined;
let tenant: Joined;

beforeAll(async () => {
  stage = await openIdentity();
  mine = await stage.addOrganisation('Mine');
  theirs = await stage.addOrganisation('Theirs');
  owner = await stage.join(mine, ['owner'], 'owner@example.org');
  manager = await stage.join(mine, ['manager'], '081 234 5678');
  tenant = await stage.join(mine, ['tenant'], 'tenant@example.org');
});
afterAll(() => stage.close());

const people = (organisation: string) => `/identity/organisations/${organisation}`;
const tokenOf = (body: Record<string, unknown>) => String(body.address).split('#')[1] ?? '';
const withoutId = ({ requestId: _id, ...body }: Record<string, unknown>) => body;

describe('joining', () => {
  test('an invitation shows what it is for, is good once, and signs in', async () => {
    const invited = await manager.client.post(`${people(mine)}/invitations`, {
      name: 'Room 12',
      contact: 'room12@example.org',
      roles: ['tenant'],
    });
    expect(invited).toMatchObject({ status: 201, body: { address: expect.stringMatching(/^\/join#mli_/) } });
    const token = tokenOf(invited.body);
    const phone = stage.client();
    const looked = await phone.post('/identity/invitations/look', { token });
    expect(looked.body).toMatchObject({ organisation: mine, name: 'Room 12', contact: 'r…@example.org' });
    expect(
      (await phone.post('/identity/invitations/accept', { token, password: 'short' })).body,
    ).toMatchObject({
      code: 'password_weak',
    });
    expect((await phone.post('/identity/invitations/accept', { token, password: PASSWORD })).status).toBe(
      200,
    );
    expect((await phone.get('/session')).body).toMatchObject({
      name: 'Room 12',
      level: 1,
      places: [{ organisation: mine, roles: ['tenant'], needsSecondFactor: false }],
    });
    const again = await stage.client().post('/identity/invitations/accept', { token, password: PASSWORD });
    expect(again).toMatchObject({ status: 404, body: { code: 'link_refused' } });
  });

  test('two who accept at once: one of them does', async () => {
    const invited = await manager.client.post(`${people(mine)}/invitations`, {
      name: 'Race',
      roles: ['tenant'],
    });
    const token = tokenOf(invited.body);
    const tries = await Promise.all(
      ['race1@example.org', 'race2@example.org'].map((contact) =>
        stage.client().post('/identity/invitations/accept', { token, password: PASSWORD, contact }),
      ),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual([200, 404]);
  });

  test('a renewed invitation has another link, a revoked one none', async () => {
    const invited = await manager.client.post(`${people(mine)}/invitations`, {
      name: 'Late',
      roles: ['tenant'],
    });
    const path = `${people(mine)}/invitations/${invited.body.id}`;
    const renewed = await manager.client.post(`${path}/renew`);
    const look = (token: string) => stage.client().post('/identity/invitations/look', { token });
    expect((await look(tokenOf(invited.body))).status).toBe(404);
    expect((await look(tokenOf(renewed.body))).status).toBe(200);
    expect((await manager.client.post(`${path}/revoke`)).status).toBe(200);
    expect((await look(tokenOf(renewed.body))).status).toBe(404);
  });

  test('who is somebody elsewhere joins with the account that they have', async () => {
    const invited = await stage.operator().post(`${people(theirs)}/invitations`, {
      name: 'Guest',
      contact: tenant.login,
      roles: ['tenant'],
    });
    const token = tokenOf(invited.body);
    const stranger = await stage.client().post('/identity/invitations/accept', { token, password: PASSWORD });
    expect(stranger).toMatchObject({ status: 409, body: { code: 'contact_taken' } });
    expect((await tenant.client.post('/identity/invitations/accept', { token })).body).toEqual({
      person: tenant.person,
      organisation: theirs,
    });
    const { body } = await tenant.client.get('/session');
    expect((body.places as { organisation: string }[]).map((place) => place.organisation).sort()).toEqual(
      [mine, theirs].sort(),
    );
  });
});

describe('signing in', () => {
  test('by phone in any spelling, or by e-mail in any case', async () => {
    expect((await stage.client().signIn('+66 81-234-5678')).status).toBe(200);
    expect((await stage.client().signIn('TENANT@example.org')).status).toBe(200);
  });

  test('by a phone of another country, as it is written there and with its country', async () => {
    await stage.join(mine, ['tenant'], '+62 812-3456-7890');
    for (const login of ['0812 3456 7890', '+6281234567890', '0062 812 3456 7890'])
      expect((await stage.client().signIn(login)).status).toBe(200);
    await stage.join(mine, ['tenant'], '+1 415 555 2671');
    expect((await stage.client().signIn('+14155552671')).status).toBe(200);
    const invited = await manager.client.post(`${people(mine)}/invitations`, {
      name: 'Jakarta',
      contact: '0811 222 3334',
      callingCode: '62',
      roles: ['tenant'],
    });
    const accept = { token: tokenOf(invited.body), password: PASSWORD };
    expect((await stage.client().post('/identity/invitations/accept', accept)).status).toBe(200);
    expect((await stage.client().signIn('+62 811 222 3334')).status).toBe(200);
  });

  test('says the same of a wrong password, of an unknown account, and of what is none', async () => {
    const answers = await Promise.all(
      [
        [tenant.login, 'wrong password here'],
        ['nobody@example.org', PASSWORD],
        ['neither mail nor phone', PASSWORD],
      ].map(([login = '', password]) => stage.client().signIn(login, password)),
    );
    expect(new Set(answers.map(({ body }) => JSON.stringify(withoutId(body)))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, body: { code: 'sign_in_refused' } });
    for (const { headers } of answers) expect(headers.getSetCookie()).toEqual([]);
    const asked = await Promise.all(
      [tenant.login, 'nobody2@example.org', 'nothing'].map((login) =>
        stage.client().post('/identity/reset-requests', { login }),
      ),
    );
    expect(new Set(asked.map(({ status, body }) => JSON.stringify([status, body])))).toEqual(
      new Set(['[202,{"done":true}]']),
    );
  });

  test('a cookie is of this host and for no script; without it nobody is signed in', async () => {
    const browser = stage.client();
    const { headers } = await browser.signIn(tenant.login);
    for (const cookie of headers.getSetCookie())
      expect(cookie).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
    expect((await stage.client().get('/session')).status).toBe(401);
  });

  test('a page of a stranger changes nothing', async () => {
    const browser = stage.client();
    await browser.signIn(tenant.login);
    for (const headers of [
      { origin: 'https://evil.example' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ])
      expect(await browser.ask('DELETE', '/session', undefined, headers)).toMatchObject({
        status: 403,
        body: { code: 'cross_site_refused' },
      });
    const login = { login: tenant.login, password: PASSWORD };
    expect(
      (await stage.client().ask('POST', '/session', login, { origin: 'https://evil.example' })).status,
    ).toBe(403);
    expect((await browser.get('/session')).status).toBe(200);
  });
});

describe('second factor', () => {
  test('an owner has nothing open without it', async () => {
    const invited = await stage.operator().post(`${people(theirs)}/invitations`, {
      name: 'New owner',
      contact: 'new-owner@example.org',
      roles: ['owner'],
    });
    const browser = stage.client();
    await browser.post('/identity/invitations/accept', { token: tokenOf(invited.body), password: PASSWORD });
    const list = () => browser.get(`${people(theirs)}/people`);
    expect(await list()).toMatchObject({ status: 403, body: { code: 'second_factor_demanded' } });
    const before = browser.cookies.get('meterline_session');
    await enrol(browser, stage.codeOf);
    expect((await list()).status).toBe(200);
    // Worth more than before, so it is another token.
    expect(browser.cookies.get('meterline_session')).not.toBe(before);
  });

  test('the password alone is not enough, and a code counts once, however many show it', async () => {
    const { secret = Buffer.alloc(0), login } = owner;
    expect((await stage.client().signIn(login)).body).toMatchObject({ code: 'second_factor_needed' });
    const code = stage.codeOf(secret);
    const tries = await Promise.all(
      Array.from({ length: 5 }, () => stage.client().signIn(login, PASSWORD, code)),
    );
    expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const { status, body } of tries)
      if (status !== 200) expect(body).toMatchObject({ code: 'second_factor_refused' });
    stage.clock.advance({ minutes: 60 });
  });

  test('codes cannot be searched through', async () => {
    const guesser = stage.client();
    const answers = [];
    for (let i = 0; i < 10; i += 1)
      answers.push((await guesser.signIn(owner.login, PASSWORD, String(100_000 + i))).body.code);
    expect(answers.filter((code) => code === 'second_factor_refused').length).toBeLessThanOrEqual(6);
    expect(answers.at(-1)).toBe('sign_in_limited');
    stage.clock.advance({ minutes: 60 });
  });

  test('a recovery code stands in once', async () => {
    const code = stage.codeOf(owner.secret ?? Buffer.alloc(0));
    const { body } = await owner.client.post('/identity/second-factor/recovery-codes', { code });
    const [first = ''] = body.recoveryCodes as string[];
    expect((await stage.client().signIn(owner.login, PASSWORD, first.toLowerCase())).body).toMatchObject({
      level: 2,
      recoveryCodes: 9,
    });
    expect((await stage.client().signIn(owner.login, PASSWORD, first)).status).toBe(401);
  });
});

describe('sessions', () => {
  test('what is revoked is refused at the next request', async () => {
    const [phone, laptop] = [stage.client(), stage.client()];
    await phone.signIn(tenant.login);
    await laptop.signIn(tenant.login);
    const { body } = await phone.get('/session');
    const list = (await laptop.get('/session/devices')).body.items as { id: string; current: boolean }[];
    expect(list.filter(({ current }) => current)).toHaveLength(1);
    expect((await laptop.ask('DELETE', `/session/devices/${body.session}`)).status).toBe(200);
    expect((await phone.get('/session')).status).toBe(401);
    expect((await laptop.get('/session')).status).toBe(200);
    expect((await laptop.ask('DELETE', '/session')).status).toBe(200);
    expect((await laptop.get('/session')).status).toBe(401);
  });

  test('nobody ends a session of somebody else', async () => {
    const { body } = await manager.client.get('/session');
    const other = await tenant.client.ask('DELETE', `/session/devices/${body.session}`);
    expect(other).toMatchObject({ status: 404, body: { code: 'session_not_found' } });
    expect((await manager.client.get('/session')).status).toBe(200);
  });

  test('a token is exchanged after half a day; the stolen old one ends the session', async () => {
    const browser = stage.client();
    await browser.signIn(tenant.login);
    const old = browser.cookies.get('meterline_session') ?? '';
    stage.clock.advance({ hours: 13 });
    await browser.get('/session');
    const next = browser.cookies.get('meterline_session') ?? '';
    expect(next).not.toBe(old);
    expect((await browser.get('/session')).status).toBe(200);
    const thief = stage.client();
    thief.cookies.set('meterline_session', old);
    // Within the minute it may have been under way.
    expect((await thief.get('/session')).status).toBe(200);
    stage.clock.advance({ minutes: 2 });
    expect((await thief.get('/session')).status).toBe(401);
    expect((await browser.get('/session')).status).toBe(401);
  });

  test('requests side by side at the moment of exchange all succeed', async () => {
    const browser = stage.client();
    await browser.signIn(tenant.login);
    stage.clock.advance({ hours: 13 });
    for (let round = 0; round < 2; round += 1) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => browser.get('/session')));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    }
  });

  test('a new password ends all others', async () => {
    const one = await stage.join(mine, ['tenant'], 'changes@example.org');
    const other = stage.client();
    await other.signIn(one.login);
    const wrong = { current: 'not the password', next: 'another one by the river' };
    expect((await one.client.post('/identity/password', wrong)).body).toMatchObject({
      code: 'sign_in_refused',
    });
    const right = { ...wrong, current: PASSWORD };
    expect((await one.client.post('/identity/password', right)).status).toBe(200);
    expect((await one.client.get('/session')).status).toBe(200);
    expect((await other.get('/session')).status).toBe(401);
    expect((await stage.client().signIn(one.login)).status).toBe(401);
    expect((await stage.client().signIn(one.login, right.next)).status).toBe(200);
  });

  test('who is disabled is out everywhere', async () => {
    const one = await stage.join(mine, ['staff'], 'disabled@example.org');
    const by = { actor: { kind: 'operator', id: 'cli' } };
    await stage.services.people.setDisabled(one.person, true, by);
    expect((await one.client.get('/session')).status).toBe(401);
    expect((await stage.client().signIn(one.login)).body).toMatchObject({ code: 'sign_in_refused' });
    await stage.services.people.setDisabled(one.person, false, by);
    expect((await stage.client().signIn(one.login)).status).toBe(200);
  });
});

describe('contacts', () => {
  const BY = { actor: { kind: 'system', id: 'sender' } };

  async function lastLink(topic: string) {
    await stage.services.trailing.settled();
    const { rows } = await stage.ground.pools.owner.query<{ link: string; person: string }>(
      "select payload->>'link' as link, payload->>'person' as person from outbox where topic = $1 order by position desc limit 1",
      [topic],
    );
    return rows[0] ?? { link: '', person: '' };
  }
  const sent = async (topic: string) => {
    const { link, person } = await lastLink(topic);
    return stage.services.account.linkForSending(person, link, BY);
  };

  test('who proves a contact has it, also from somebody who only claimed it; then a reset goes there', async () => {
    const squatter = await stage.join(mine, ['tenant'], 'wanted@example.org');
    const one = await stage.join(mine, ['tenant'], '+66 89 000 0001');
    expect((await one.client.post('/identity/contacts', { contact: 'Wanted@example.org' })).status).toBe(202);
    const first = await sent('person.contact_asked');
    const mail = await sent('person.contact_asked');
    expect(mail).toMatchObject({ to: [{ kind: 'email', value: 'wanted@example.org' }] });
    const confirm = (link?: { address: string }) =>
      stage.client().post('/identity/contacts/confirm', { token: tokenOf({ address: link?.address }) });
    expect((await confirm(first)).status).toBe(404);
    expect((await confirm(mail)).status).toBe(200);
    expect((await confirm(mail)).status).toBe(404);
    expect((await one.client.get('/session')).body).toMatchObject({
      contacts: [
        { kind: 'email', value: 'wanted@example.org', verified: true },
        { kind: 'phone', value: '+66890000001', verified: false },
      ],
    });
    expect((await stage.client().signIn('wanted@example.org')).body).toMatchObject({ person: one.person });
    expect((await squatter.client.get('/session')).body).toMatchObject({ contacts: [] });

    await stage.client().post('/identity/reset-requests', { login: '089 000 0001' });
    const reset = await sent('person.reset_asked');
    expect(reset?.to).toEqual([{ kind: 'email', value: 'wanted@example.org' }]);
    const token = tokenOf({ address: reset?.address });
    const weak = await stage.client().post('/identity/reset', { token, password: 'wanted1234' });
    expect(weak.body).toMatchObject({ code: 'password_weak' });
    const set = { token, password: 'set by a link that was sent' };
    expect((await stage.client().post('/identity/reset', set)).status).toBe(200);
    expect((await one.client.get('/session')).status).toBe(401);
    expect(await sent('person.reset_asked')).toBeUndefined();
  });

  test('a link ends at its time', async () => {
    await stage.client().post('/identity/reset-requests', { login: manager.login });
    const reset = await sent('person.reset_asked');
    stage.clock.advance({ hours: 2 });
    const set = { token: tokenOf({ address: reset?.address }), password: 'set by a link that was late' };
    expect((await stage.client().post('/identity/reset', set)).body).toMatchObject({ code: 'link_refused' });
  });

  test('what is proven stays with whoever proved it', async () => {
    const one = await stage.join(mine, ['tenant'], '+66 89 000 0002');
    await one.client.post('/identity/contacts', { contact: 'wanted@example.org' });
    const mail = await sent('person.contact_asked');
    const token = tokenOf({ address: mail?.address });
    expect((await stage.client().post('/identity/contacts/confirm', { token })).body).toMatchObject({
      code: 'contact_taken',
    });
  });
});

describe('clients without cookies', () => {
  const start = async () => {
    const one = stage.client();
    const { status, body } = await one.post('/session/tokens', { login: manager.login, password: PASSWORD });
    expect(status).toBe(200);
    return body as { accessToken: string; refreshToken: string };
  };
  const refresh = (refreshToken: string) => stage.client().post('/session/tokens/refresh', { refreshToken });
  const works = async (bearer: string) => {
    const one = stage.client();
    one.bearer = bearer;
    return (await one.get('/session')).status === 200;
  };

  test('a refresh token that comes twice ends its family, and only that', async () => {
    const [copied, other] = [await start(), await start()];
    const rotated = (await refresh(copied.refreshToken)).body as {
      accessToken: string;
      refreshToken: string;
    };
    expect(await works(rotated.accessToken)).toBe(true);
    expect(await refresh(copied.refreshToken)).toMatchObject({
      status: 401,
      body: { code: 'refresh_refused' },
    });
    // Whoever has the good one is out as well, at once: also with an access token that would last minutes more.
    expect((await refresh(rotated.refreshToken)).status).toBe(401);
    expect(await works(rotated.accessToken)).toBe(false);
    expect(await works(other.accessToken)).toBe(true);
    expect((await refresh(other.refreshToken)).status).toBe(200);
    expect((await manager.client.get('/session')).status).toBe(200);
  });

  test('two that refresh at once with one token are two that have it', async () => {
    const { refreshToken } = await start();
    const both = await Promise.all([refresh(refreshToken), refresh(refreshToken)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 401]);
    const good = both.find(({ status }) => status === 200);
    expect((await refresh(String(good?.body.refreshToken))).status).toBe(401);
  });

  test('an access token lasts ten minutes, is signed by a published key, and keys follow each other', async () => {
    const { accessToken, refreshToken } = await start();
    const kidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid;
    const kids = async () =>
      ((await stage.client().get('/session/keys')).body.keys as { kid: string; d?: string }[]).map(
        ({ kid }) => kid,
      );
    expect(await kids()).toContain(kidOf(accessToken));
    stage.clock.advance({ minutes: 11 });
    expect(await works(accessToken)).toBe(false);
    const next = (await refresh(refreshToken)).body as { accessToken: string; refreshToken: string };
    expect(await works(next.accessToken)).toBe(true);
    // A family that is silent for a month has ended: this one refreshes half-way.
    stage.clock.advance({ hours: 24 * 15 });
    const half = (await refresh(next.refreshToken)).body as { refreshToken: string };
    stage.clock.advance({ hours: 24 * 15 - 1 });
    await stage.services.tokens.rotate();
    stage.clock.advance({ hours: 1, minutes: 5 });
    const later = (await refresh(half.refreshToken)).body as { accessToken: string };
    expect(kidOf(later.accessToken)).not.toBe(kidOf(accessToken));
    stage.clock.advance({ hours: 2 });
    await stage.services.tokens.rotate();
    expect(await kids()).toEqual([kidOf(later.accessToken)]);
  });

  test('neither a hash from the database nor a token of another kind opens anything', async () => {
    const { refreshToken } = await start();
    const { rows } = await stage.ground.pools.owner.query<{ hash: Buffer }>(
      'select hash from session where hash is not null union all select hash from refresh_token',
    );
    for (const { hash } of rows.slice(0, 20))
      for (const text of [
        hash.toString('hex'),
        hash.toString('base64url'),
        `mls_${hash.toString('base64url')}`,
      ]) {
        expect(await works(text)).toBe(false);
        const browser = stage.client();
        browser.cookies.set('meterline_session', text);
        expect((await browser.get('/session')).status).toBe(401);
      }
    expect(await works(refreshToken)).toBe(false);
    expect(await works(manager.client.cookies.get('meterline_session') ?? '')).toBe(false);
  });
});

describe('people', () => {
  let boss: Client;
  beforeAll(async () => {
    boss = stage.client();
    await boss.signIn(owner.login, PASSWORD, stage.codeOf(owner.secret ?? Buffer.alloc(0)));
    manager.client.cookies.clear();
    await manager.client.signIn(manager.login);
    tenant.client.cookies.clear();
    await tenant.client.signIn(tenant.login);
  });

  test('are seen by who may, of their own organisation, and by nobody of another', async () => {
    const { status, body } = await manager.client.get(`${people(mine)}/people`);
    expect(status).toBe(200);
    expect((body.items as { person: string }[]).map(({ person }) => person)).toContain(owner.person);
    expect(await tenant.client.get(`${people(mine)}/people`)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    expect(await manager.client.get(`${people(theirs)}/people`)).toMatchObject({
      status: 404,
      body: { code: 'membership_not_found' },
    });
    expect((await manager.client.get(`${people(PLATFORM)}/people`)).status).toBe(404);
  });

  test('nobody gives what is not theirs to give, nor takes it', async () => {
    const roles = (person: string, given: string[]) =>
      manager.client.post(`${people(mine)}/people/${person}/roles`, { roles: given });
    for (const given of [['owner'], ['manager'], ['tenant', 'owner']])
      expect(await roles(tenant.person, given)).toMatchObject({
        status: 403,
        body: { code: 'role_not_yours_to_give' },
      });
    expect((await roles(owner.person, ['tenant'])).status).toBe(403);
    expect((await roles(manager.person, ['owner'])).status).toBe(403);
    expect((await roles(tenant.person, ['tenant', 'staff'])).body).toMatchObject({
      roles: ['tenant', 'staff'],
    });
    expect((await roles(tenant.person, ['tenant'])).status).toBe(200);
    const invite = { name: 'Friend', roles: ['owner'] };
    expect((await manager.client.post(`${people(mine)}/invitations`, invite)).status).toBe(403);
  });

  test('the last owner stays', async () => {
    expect(
      await boss.post(`${people(mine)}/people/${owner.person}/roles`, { roles: ['manager'] }),
    ).toMatchObject({
      status: 409,
      body: { code: 'member_last_owner' },
    });
    const end = await boss.post(`${people(mine)}/people/${owner.person}/end`, { reason: 'leaves' });
    expect(end.status).toBe(409);
  });

  test('whose membership ends is nobody there from the next request on', async () => {
    const one = await stage.join(mine, ['staff'], 'leaves@example.org');
    expect((await one.client.get(`${people(mine)}/people`)).status).toBe(200);
    const end = await manager.client.post(`${people(mine)}/people/${one.person}/end`, {
      reason: 'moved away',
    });
    expect(end.status).toBe(200);
    expect((await one.client.get(`${people(mine)}/people`)).status).toBe(404);
    expect((await one.client.get('/session')).body).toMatchObject({ places: [] });
  });

  test('a manager resets a tenant, but nobody who is somebody elsewhere or above', async () => {
    const one = await stage.join(mine, ['tenant'], 'forgets@example.org');
    const link = (person: string) => manager.client.post(`${people(mine)}/people/${person}/reset-link`);
    const made = await link(one.person);
    expect(made.status).toBe(200);
    for (const person of [owner.person, tenant.person])
      expect(await link(person)).toMatchObject({ status: 403, body: { code: 'reset_not_yours' } });
    const set = { token: tokenOf(made.body), password: 'a new one from the office' };
    expect((await stage.client().post('/identity/reset', set)).status).toBe(200);
    expect((await one.client.get('/session')).status).toBe(401);
    expect((await stage.client().signIn(one.login, set.password)).status).toBe(200);
    expect((await stage.client().post('/identity/reset', set)).status).toBe(404);
  });

  test('a session opens what sites has, as far as the role goes', async () => {
    const gateways = (organisation: string) => `/organisations/${organisation}/gateways`;
    expect((await manager.client.get(gateways(mine))).status).toBe(200);
    expect((await tenant.client.get(gateways(mine))).status).toBe(403);
    // Only the own of it: without a lease that is nothing.
    expect(await tenant.client.get(`/organisations/${mine}/meters`)).toMatchObject({
      status: 200,
      body: { items: [] },
    });
    const foreign = await manager.client.get(gateways(theirs));
    const none = await manager.client.get(gateways('ffffffff-ffff-7fff-bfff-ffffffffffff'));
    expect(foreign).toMatchObject({ status: 404, body: { code: 'organisation_not_found' } });
    expect(withoutId(none.body)).toEqual(withoutId(foreign.body));
    expect((await manager.client.get('/organisations')).status).toBe(403);
    expect((await stage.client().get(gateways(mine))).status).toBe(401);
  });

  test('the platform’s people see all organisations, with a second factor', async () => {
    const admin = await stage.join(PLATFORM, ['platform_admin'], 'admin@example.org');
    expect((await admin.client.get('/organisations')).status).toBe(200);
    expect((await admin.client.get(`/organisations/${mine}/gateways`)).status).toBe(200);
    const password = stage.client();
    expect((await password.signIn(admin.login)).body).toMatchObject({ code: 'second_factor_needed' });
  });
});

describe('API keys', () => {
  test('open what their scopes name, in their organisation, until they are revoked', async () => {
    const path = `${people(mine)}/keys`;
    const made = await manager.client.post(path, { name: 'Dashboard', scopes: ['gateways.read'] });
    expect(made.status).toBe(201);
    const program = stage.client();
    program.bearer = String(made.body.key);
    expect((await program.get(`/organisations/${mine}/gateways`)).status).toBe(200);
    expect((await program.get(`/organisations/${mine}/buildings`)).status).toBe(403);
    expect((await program.get(`/organisations/${theirs}/gateways`)).status).toBe(404);
    expect((await program.get('/session')).status).toBe(401);
    expect((await manager.client.post(`${path}/${made.body.id}/revoke`)).status).toBe(200);
    expect((await program.get(`/organisations/${mine}/gateways`)).status).toBe(401);
  });

  test('never have what their maker has not, nor anything over people', async () => {
    for (const scopes of [['people.manage'], ['keys.manage'], ['gateways.read', 'platform.operate']])
      expect(
        (await manager.client.post(`${people(mine)}/keys`, { name: 'Too much', scopes })).body,
      ).toMatchObject({
        code: 'identity_invalid',
      });
    expect(
      (await tenant.client.post(`${people(mine)}/keys`, { name: 'x', scopes: ['usage.read'] })).status,
    ).toBe(403);
  });

  test('end at their time', async () => {
    const endsAt = stage.clock.now().add({ hours: 1 }).toString({ smallestUnit: 'second' });
    const made = await manager.client.post(`${people(mine)}/keys`, {
      name: 'Short',
      scopes: ['gateways.read'],
      endsAt,
    });
    const program = stage.client();
    program.bearer = String(made.body.key);
    expect((await program.get(`/organisations/${mine}/gateways`)).status).toBe(200);
    stage.clock.advance({ hours: 2 });
    expect((await program.get(`/organisations/${mine}/gateways`)).status).toBe(401);
  });
});
