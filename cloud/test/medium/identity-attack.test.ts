import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityStage, type Joined, openIdentity, PASSWORD } from '../support/identity.ts';

let stage: IdentityStage;
let mine: string;
let theirs: string;
let victim: Joined;
let stranger: Joined;

beforeAll(async () => {
  stage = await openIdentity();
  mine = await stage.addOrganisation('Mine');
  theirs = await stage.addOrganisation('Theirs');
  victim = await stage.join(mine, ['manager'], 'victim@example.org');
  stranger = await stage.join(theirs, ['manager'], 'stranger@example.org');
});
afterAll(() => stage.close());

describe('10 000 guesses at one password from 1 000 addresses', () => {
  const GUESSES = 10_000;
  const outcomes = new Map<string, number>();
  let rightful: { status: number }[] = [];

  beforeAll(async () => {
    const browser = stage.client();
    await browser.signIn(victim.login);
    // Two processes of the API, and a millisecond from guess to guess.
    const processes = [stage.services, stage.anotherProcess()];
    let next = 0;
    const guess = async () => {
      for (let n = next++; n < GUESSES; n = next++) {
        stage.clock.advance({ milliseconds: 1 });
        const address = `10.${1 + (n % 4)}.${Math.floor(n / 4) % 250}.1`;
        const visitor = { address, requestId: 'guess', deviceCookie: undefined, userAgent: undefined };
        const given = { login: victim.login, password: `a guess of many ${n}` };
        const { signIn } = processes[n % 2] ?? stage.services;
        const code = await signIn.signIn(given, 'browser', visitor).then(
          () => 'in',
          (error: { code: string }) => error.code,
        );
        outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
      }
    };
    const attack = Promise.all(Array.from({ length: 16 }, guess));
    for (let i = 0; i < 5; i += 1) rightful = [...rightful, await browser.signIn(victim.login)];
    await attack;
  }, 120_000);

  test('ten are looked at, and the others are refused before', () => {
    expect(Object.fromEntries(outcomes)).toEqual({ sign_in_refused: 10, sign_in_limited: GUESSES - 10 });
  });

  test('the device of the rightful signs in throughout', () => {
    expect(rightful.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  });

  test('a session that is open stays open', async () => {
    expect((await victim.client.get('/session')).status).toBe(200);
  });

  test('an account that there is not is answered alike', async () => {
    const answers = new Map<string, number>();
    for (let i = 0; i < 14; i += 1) {
      const { body } = await stage.client(`10.8.${i}.1`).signIn('nobody@example.org', `guess ${i} of them`);
      answers.set(String(body.code), (answers.get(String(body.code)) ?? 0) + 1);
    }
    expect(Object.fromEntries(answers)).toEqual({ sign_in_refused: 10, sign_in_limited: 4 });
  });

  test('it passes by itself, and sweeping changes nothing of it', async () => {
    const other = stage.client('10.7.7.7');
    expect((await other.signIn(victim.login)).body).toMatchObject({ code: 'sign_in_limited' });
    expect(other.cookies.size).toBe(0);
    await stage.services.limiter.sweep();
    expect((await other.signIn(victim.login)).status).toBe(429);
    stage.clock.advance({ minutes: 7 });
    expect((await other.signIn(victim.login)).status).toBe(200);
    stage.clock.advance({ hours: 2 });
    expect(await stage.services.limiter.sweep()).toBeGreaterThan(0);
  });

  test('one address that tries many accounts is bounded as well', async () => {
    const tries = Array.from({ length: 65 }, (_, i) => {
      // Each time another address of the same network.
      const address = `2001:db8:1:2::${i.toString(16)}`;
      const visitor = { address, requestId: 'x', deviceCookie: undefined, userAgent: undefined };
      const given = { login: `many${i}@example.org`, password: 'the same guess' };
      return stage.services.signIn
        .signIn(given, 'browser', visitor)
        .catch((error: { code: string }) => error.code);
    });
    const codes = await Promise.all(tries);
    expect(codes.filter((code) => code === 'sign_in_refused')).toHaveLength(60);
    expect(codes.filter((code) => code === 'sign_in_limited')).toHaveLength(5);
  });

  test('the audit has the first of them one by one, and the flood as a number', async () => {
    await stage.services.refusals.flush();
    const { rows } = await stage.ground.pools.owner.query<{ n: number; last: string }>(
      `select count(*)::int as n, max(reason) as last from audit_entry
        where action = 'sign_in.limited' and reason like 'too many tries%'`,
    );
    expect(rows[0]?.last).toMatch(/^too many tries; \d{4} more until /);
    expect(rows[0]?.n).toBeLessThan(60);
  });
});

test('an invitation is no way to ask who has an account', async () => {
  const invited = await victim.client.post(`/identity/organisations/${mine}/invitations`, {
    name: 'curious',
    roles: ['tenant'],
  });
  const token = String(invited.body.address).split('#')[1];
  const codes = new Map<string, number>();
  for (let i = 0; i < 12; i += 1) {
    const given = { token, password: PASSWORD, contact: victim.login };
    const { body } = await stage.client().post('/identity/invitations/accept', given);
    codes.set(String(body.code), (codes.get(String(body.code)) ?? 0) + 1);
  }
  expect(Object.fromEntries(codes)).toEqual({ contact_taken: 5, sign_in_limited: 7 });
});

describe('straight at the database, as the application', () => {
  const TABLES = [
    'person',
    'person_contact',
    'person_credential',
    'person_link',
    'membership',
    'invitation',
    'session',
    'refresh_token',
    'api_key',
  ];
  let client: pg.Client;

  beforeAll(async () => {
    client = new pg.Client(stage.fresh.appUrl);
    await client.connect();
    await victim.client.post(`/identity/organisations/${mine}/keys`, { name: 'k', scopes: ['usage.read'] });
    await victim.client.post(`/identity/organisations/${mine}/invitations`, { name: 'i', roles: ['tenant'] });
    await stage.client().post('/session/tokens', { login: victim.login, password: PASSWORD });
    await stage.client().post('/identity/reset-requests', { login: victim.login });
    await stage.services.trailing.settled();
  });
  afterAll(() => client.end());

  async function counts(context: { org?: string; person?: string; may?: string }) {
    await client.query('begin');
    try {
      for (const [name, value] of Object.entries(context))
        await client.query('select set_config($1, $2, true)', [`app.${name}`, value]);
      const found: Record<string, number> = {};
      for (const table of TABLES) {
        const { rows } = await client.query<{ n: string }>(`select count(*) as n from ${table}`);
        if (rows[0] && rows[0].n !== '0') found[table] = Number(rows[0].n);
      }
      return found;
    } finally {
      await client.query('rollback');
    }
  }

  test('without a context there is nobody', async () => {
    expect(await counts({})).toEqual({});
    expect(await counts({ may: '*' })).toEqual({});
  });

  test('an organisation without a permission is no context either', async () => {
    expect(await counts({ org: mine })).toEqual({});
    expect(await counts({ org: mine, may: 'people.read:own' })).toEqual({});
  });

  test('an organisation sees its people, and nothing by which they sign in', async () => {
    expect(await counts({ org: mine, may: 'people.read' })).toEqual({
      person: 1,
      person_contact: 1,
      membership: 1,
    });
    expect(Object.keys(await counts({ org: mine, may: '*' })).sort()).toEqual(
      ['api_key', 'invitation', 'membership', 'person', 'person_contact'].sort(),
    );
  });

  test('a person sees their own', async () => {
    const own = await counts({ person: stranger.person });
    expect(own).toEqual({ membership: 1, person: 1, person_contact: 1, person_credential: 1, session: 1 });
  });

  test('nobody writes themselves into an organisation, nor raises themselves', async () => {
    const attempts = [
      `insert into membership (organisation_id, person_id, roles, since) values ('${mine}', '${stranger.person}', '{owner}', now())`,
      `update membership set roles = '{owner}' where person_id = '${stranger.person}'`,
      `update person_credential set password = null where person_id = '${victim.person}'`,
      `update session set level = 2 where person_id = '${victim.person}'`,
      `delete from person_contact where person_id = '${victim.person}'`,
    ];
    for (const attempt of attempts) {
      await client.query('begin');
      await client.query("select set_config('app.person', $1, true), set_config('app.org', $2, true)", [
        stranger.person,
        theirs,
      ]);
      const done = await client.query(attempt).catch((error: { code: string }) => error.code);
      await client.query('rollback');
      if (typeof done === 'string') expect(done).toBe('42501');
      else expect(done.rowCount, attempt).toBe(0);
    }
  });
});

describe('the permission is asked for by the database as well', () => {
  const ROOM =
    "insert into place (id, organisation_id, building_id, kind, name) select gen_random_uuid(), organisation_id, id, 'room', 'by hand' from building";
  const RENAME = "update building set name = 'another'";

  async function attempt(may: string, statement: string): Promise<string | number> {
    const client = new pg.Client(stage.fresh.appUrl);
    await client.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('app.org', $1, true), set_config('app.may', $2, true)", [
        mine,
        may,
      ]);
      const { rowCount } = await client.query(statement);
      return rowCount ?? 0;
    } catch (error) {
      return (error as { code: string }).code;
    } finally {
      await client.end();
    }
  }

  beforeAll(async () => {
    await stage.ground.pools.owner.query(
      "insert into building (id, organisation_id, name, zone) values (gen_random_uuid(), $1, 'A', 'Asia/Bangkok')",
      [mine],
    );
  });

  test.each([
    ['leases.manage places.read', '42501'],
    ['places.read', '42501'],
    ['places.manage places.read', 1],
    ['*', 1],
  ])('with "%s"', async (may, outcome) => {
    expect(await attempt(may, ROOM)).toBe(outcome);
    expect(await attempt(may, RENAME)).toBe(outcome);
  });

  test('to hold a row against others is not to change it', async () => {
    expect(await attempt('meters.manage', 'select from building for no key update')).toBe(1);
  });
});

test('no token, password, code or secret can be read in database or log', async () => {
  const secrets: string[] = [PASSWORD];
  const browser = stage.client();
  const owner = await stage.join(mine, ['owner'], 'secrets@example.org');
  const code = stage.codeOf(owner.secret ?? Buffer.alloc(0));
  await browser.signIn(owner.login, PASSWORD, code);
  secrets.push(...browser.cookies.values(), ...owner.client.cookies.values());
  const renewed = await browser.post('/identity/second-factor/recovery-codes', {
    code: stage.codeOf(owner.secret ?? Buffer.alloc(0)),
  });
  secrets.push(...(renewed.body.recoveryCodes as string[]));
  const invited = await browser.post(`/identity/organisations/${mine}/invitations`, {
    name: 'i',
    roles: ['tenant'],
  });
  const key = await browser.post(`/identity/organisations/${mine}/keys`, {
    name: 'k',
    scopes: ['usage.read'],
  });
  const reset = await stage
    .operator()
    .post(`/identity/organisations/${mine}/people/${victim.person}/reset-link`);
  const tokens = await stage.client().post('/session/tokens', {
    login: owner.login,
    password: PASSWORD,
    code: stage.codeOf(owner.secret ?? Buffer.alloc(0)),
  });
  secrets.push(
    String(invited.body.address).split('#')[1] ?? '',
    String(reset.body.address).split('#')[1] ?? '',
    String(key.body.key),
    String(tokens.body.accessToken),
    String(tokens.body.refreshToken),
  );
  const refreshed = await stage
    .client()
    .post('/session/tokens/refresh', { refreshToken: tokens.body.refreshToken });
  secrets.push(String(refreshed.body.accessToken), String(refreshed.body.refreshToken));
  await browser.post('/identity/contacts', { contact: 'elsewhere@example.org' });
  const asked = await stage.ground.pools.owner.query<{ id: string }>(
    'select id from person_link where person_id = $1 order by created_at desc limit 1',
    [owner.person],
  );
  const sent = await stage.services.account.linkForSending(owner.person, asked.rows[0]?.id ?? '', {
    actor: { kind: 'system', id: 'test' },
  });
  secrets.push(sent?.address.split('#')[1] ?? '');
  await stage.client().signIn(owner.login, 'a wrong one that is secret too', '123456');
  secrets.push('a wrong one that is secret too', (owner.secret ?? Buffer.alloc(0)).toString('hex'));
  for (const secret of secrets) expect(secret.length, secret).toBeGreaterThan(8);

  const everything = (await dump(stage.ground.pools.owner)) + stage.logs.join('');
  expect(everything.length).toBeGreaterThan(10_000);
  for (const secret of secrets) expect(everything.includes(secret), secret).toBe(false);
  // Nor the bytes behind the letters.
  for (const token of secrets.filter((secret) => /^ml[a-z]_/.test(secret)))
    expect(everything).not.toContain(Buffer.from(token.slice(4), 'base64url').toString('hex'));
});

test('names and contacts stand in the audit under the key of the person only', async () => {
  const { rows } = await stage.ground.pools.owner.query<{ text: string }>(
    'select e::text as text from audit_entry e',
  );
  const audit = rows.map(({ text }) => text).join('\n');
  expect(audit).toContain('person.joined');
  expect(audit).not.toContain('victim@example.org');
  expect(audit).not.toContain(`,${victim.client.address},`);
  const outbox = await stage.ground.pools.owner.query<{ text: string }>(
    'select o::text as text from outbox o',
  );
  expect(outbox.rows.map(({ text }) => text).join('\n')).not.toMatch(/@example\.org|ml[a-z]_[\w-]{43}/);
});

async function dump(owner: pg.Pool): Promise<string> {
  const tables = await owner.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c
      where c.relkind in ('r', 'p') and not c.relispartition and c.relnamespace = 'public'::regnamespace`,
  );
  const texts = [];
  for (const { name } of tables.rows) {
    const { rows } = await owner.query<{ text: string }>(`select t::text as text from ${name} t`);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
}
