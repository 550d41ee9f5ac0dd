import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, enrol, type IdentityStage, openIdentity, PASSWORD } from '../support/identity.ts';

let stage: IdentityStage;
let mine: string;

beforeAll(async () => {
  stage = await openIdentity();
  mine = await stage.addOrganisation('Mine');
});
afterAll(() => stage.close());

const COOKIE = 'meterline_session';
const people = () => `/identity/organisations/${mine}`;

/** Whoever copied the cookie, at this moment. */
function copyOf(browser: Client): Client {
  const copy = stage.client();
  copy.cookies.set(COOKIE, browser.cookies.get(COOKIE) ?? '');
  return copy;
}

async function newOwner(login: string): Promise<Client> {
  const invited = await stage.operator().post(`${people()}/invitations`, {
    name: 'Owner',
    contact: login,
    roles: ['owner'],
  });
  const browser = stage.client();
  const token = String(invited.body.address).split('#')[1];
  await browser.post('/identity/invitations/accept', { token, password: PASSWORD });
  return browser;
}

describe('what was copied before a sign-in became safer', () => {
  test('is worth nothing once a second factor is set up', async () => {
    const browser = await newOwner('copied@example.org');
    const thief = copyOf(browser);
    await enrol(browser, stage.codeOf);
    expect((await thief.get(`${people()}/people`)).status).toBe(401);
    expect((await thief.get('/session')).status).toBe(401);
    // It was refused and not taken for a theft: requests of the page itself may have been under way.
    expect((await browser.get('/session')).body).toMatchObject({ level: 2, secondFactor: true });
  });

  test('nor after the token was exchanged just before', async () => {
    const browser = await newOwner('exchanged@example.org');
    const thief = copyOf(browser);
    stage.clock.advance({ hours: 13 });
    await browser.get('/session');
    await browser.get('/session');
    await enrol(browser, stage.codeOf);
    expect((await thief.get(`${people()}/people`)).status).toBe(401);
    expect((await browser.get(`${people()}/people`)).status).toBe(200);
  });

  test('is worth nothing after a new password', async () => {
    const one = await stage.join(mine, ['tenant'], 'changed@example.org');
    const thief = copyOf(one.client);
    const change = { current: PASSWORD, next: 'another one by the river' };
    expect((await one.client.post('/identity/password', change)).status).toBe(200);
    expect((await thief.get('/session')).status).toBe(401);
    expect((await one.client.get('/session')).status).toBe(200);
  });
});

describe('without the second factor', () => {
  test('a session is worth a password only, and what the role demands is demanded', async () => {
    const owner = await stage.join(mine, ['owner'], 'removes@example.org');
    const { secret = Buffer.alloc(0), client } = owner;
    const other = stage.client();
    await other.signIn(owner.login, PASSWORD, stage.codeOf(secret));
    const before = copyOf(client);
    const given = { password: PASSWORD, code: stage.codeOf(secret) };
    expect((await client.post('/identity/second-factor/remove', given)).status).toBe(200);
    expect((await client.get('/session')).body).toMatchObject({
      level: 1,
      secondFactor: false,
      places: [{ organisation: mine, needsSecondFactor: true }],
    });
    const invite = { name: 'Another owner', roles: ['owner'] };
    expect(await client.post(`${people()}/invitations`, invite)).toMatchObject({
      status: 403,
      body: { code: 'second_factor_demanded' },
    });
    expect((await other.get('/session')).status).toBe(401);
    expect((await before.get('/session')).status).toBe(401);
    await enrol(client, stage.codeOf);
    expect((await client.post(`${people()}/invitations`, invite)).status).toBe(201);
  });

  test('the same for a client without cookies', async () => {
    const owner = await stage.join(mine, ['owner'], 'program@example.org');
    const { secret = Buffer.alloc(0) } = owner;
    const program = stage.client();
    const login = { login: owner.login, password: PASSWORD, code: stage.codeOf(secret) };
    program.bearer = String((await program.post('/session/tokens', login)).body.accessToken);
    expect((await program.get('/session')).body).toMatchObject({ level: 2 });
    const given = { password: PASSWORD, code: stage.codeOf(secret) };
    expect((await program.post('/identity/second-factor/remove', given)).status).toBe(200);
    expect((await program.get('/session')).body).toMatchObject({ level: 1 });
  });
});

test('who is told to wait is told how long', async () => {
  const login = 'many-tries@example.org';
  for (let i = 0; i < 10; i += 1) await stage.client().signIn(login, `guess ${i} of them`);
  const refused = await stage.client().signIn(login, 'one guess more');
  expect(refused).toMatchObject({ status: 429, body: { code: 'sign_in_limited' } });
  expect(Number(refused.headers.get('retry-after'))).toBe(refused.body.retryAfterSeconds);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});
