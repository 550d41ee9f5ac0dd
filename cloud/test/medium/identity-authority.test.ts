import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PLATFORM } from '../../src/platform/db/index.ts';
import { type Client, type IdentityStage, type Joined, openIdentity, PASSWORD } from '../support/identity.ts';

let stage: IdentityStage;
let mine: string;
let theirs: string;
let owner: Joined;

beforeAll(async () => {
  stage = await openIdentity();
  mine = await stage.addOrganisation('Mine');
  theirs = await stage.addOrganisation('Theirs');
  owner = await stage.join(mine, ['owner'], 'owner@example.org');
});
afterAll(() => stage.close());

const people = (organisation = mine) => `/identity/organisations/${organisation}`;
const tokenOf = (body: Record<string, unknown>) => String(body.address).split('#')[1] ?? '';
const accept = (client: Client, token: string) => client.post('/identity/invitations/accept', { token });
const end = (person: string, by = owner.client) =>
  by.post(`${people()}/people/${person}/end`, { reason: 'dismissed' });
const setRoles = (person: string, roles: string[], by = owner.client) =>
  by.post(`${people()}/people/${person}/roles`, { roles });

async function invite(by: Client, roles: string[], contact?: string) {
  const { status, body } = await by.post(`${people()}/invitations`, {
    name: 'Somebody',
    roles,
    ...(contact && { contact }),
  });
  expect(status).toBe(201);
  return { id: String(body.id), token: tokenOf(body) };
}

async function entries(organisation: string, action: string, subject: string) {
  const { rows } = await stage.ground.pools.owner.query<{ actor: string; reason: string | null }>(
    `select actor_kind || ' ' || coalesce(actor_id, '') as actor, reason from audit_entry
      where organisation_id = $1 and action = $2 and subject_id = $3 order by at`,
    [organisation, action, subject],
  );
  return rows;
}

describe('invitations of somebody who may no longer give what they give', () => {
  test('a dismissed owner does not come back as owner', async () => {
    const dismissed = await stage.join(mine, ['owner'], 'dismissed@example.org');
    const own = await invite(dismissed.client, ['owner'], 'dismissed@example.org');
    const nameless = await invite(dismissed.client, ['tenant']);
    const addressed = await invite(owner.client, ['manager'], 'dismissed@example.org');
    const others = await invite(owner.client, ['tenant']);
    const ended = await end(dismissed.person);
    expect(ended).toMatchObject({ status: 200, body: { done: true, keys: [] } });
    expect(new Set(ended.body.invitations as string[])).toEqual(new Set([own.id, nameless.id, addressed.id]));
    for (const { token } of [own, nameless, addressed])
      expect(await accept(dismissed.client, token)).toMatchObject({
        status: 404,
        body: { code: 'link_refused' },
      });
    expect((await dismissed.client.get('/session')).body).toMatchObject({ places: [] });
    expect(await entries(mine, 'invitation.revoked', own.id)).toEqual([
      { actor: `user ${owner.person}`, reason: 'whoever made it may no longer give it' },
    ]);
    expect(await entries(mine, 'invitation.revoked', addressed.id)).toEqual([
      { actor: `user ${owner.person}`, reason: 'it was for somebody whose roles were taken' },
    ]);
    expect((await stage.client().post('/identity/invitations/look', { token: others.token })).status).toBe(
      200,
    );
  });

  test('whose role is taken leaves what they may still give', async () => {
    const demoted = await stage.join(mine, ['owner'], 'demoted@example.org');
    const tooMuch = await invite(demoted.client, ['manager']);
    const back = await invite(demoted.client, ['owner'], 'demoted@example.org');
    const still = await invite(demoted.client, ['staff']);
    const changed = await setRoles(demoted.person, ['manager']);
    expect(changed).toMatchObject({ status: 200, body: { roles: ['manager'], takenBack: { keys: [] } } });
    const { invitations } = changed.body.takenBack as { invitations: string[] };
    expect(new Set(invitations)).toEqual(new Set([tooMuch.id, back.id]));
    const look = async (token: string) =>
      (await stage.client().post('/identity/invitations/look', { token })).status;
    expect([await look(tooMuch.token), await look(back.token), await look(still.token)]).toEqual([
      404, 404, 200,
    ]);
  });

  test('at acceptance the right of the inviter is looked at again', async () => {
    const disabled = await stage.join(mine, ['manager'], 'disabled@example.org');
    const { token } = await invite(disabled.client, ['tenant']);
    const by = { actor: { kind: 'operator', id: 'cli' } };
    await stage.services.people.setDisabled(disabled.person, true, by);
    const given = { token, password: PASSWORD, contact: 'late@example.org' };
    const late = () => stage.client().post('/identity/invitations/accept', given);
    expect(await late()).toMatchObject({ status: 404, body: { code: 'link_refused' } });
    await stage.services.people.setDisabled(disabled.person, false, by);
    // What the platform's people give counts as well, though they are nobody in the organisation itself.
    expect((await late()).status).toBe(200);
    const admin = await stage.join(PLATFORM, ['platform_admin'], 'admin@example.org');
    const second = await invite(admin.client, ['owner']);
    const again = { token: second.token, password: PASSWORD, contact: 'second@example.org' };
    expect((await stage.client().post('/identity/invitations/accept', again)).status).toBe(200);
  });
});

describe('API keys of somebody who may no longer make them', () => {
  const makeKey = async (by: Client) => {
    const given = { name: 'Program', scopes: ['gateways.read'] };
    const { body } = await by.post(`${people()}/keys`, given);
    const program = stage.client();
    program.bearer = String(body.key);
    return { id: String(body.id), program };
  };
  const opens = async ({ program }: { program: Client }) =>
    (await program.get(`/organisations/${mine}/gateways`)).status;

  test('say who made them, and end with what their maker was', async () => {
    const manager = await stage.join(mine, ['manager'], 'manager@example.org');
    const key = await makeKey(manager.client);
    const other = await makeKey(owner.client);
    const { body } = await owner.client.get(`${people()}/keys`);
    const makers = new Map(
      (body.items as { id: string; createdBy: string }[]).map((each) => [each.id, each.createdBy]),
    );
    expect([makers.get(key.id), makers.get(other.id)]).toEqual([manager.person, owner.person]);
    expect(await opens(key)).toBe(200);
    expect((await end(manager.person)).body).toEqual({ done: true, invitations: [], keys: [key.id] });
    expect([await opens(key), await opens(other)]).toEqual([401, 200]);
    expect(await entries(mine, 'api_key.revoked', key.id)).toEqual([
      { actor: `user ${owner.person}`, reason: 'whoever made it may no longer give it' },
    ]);
  });

  test('end with the role that makes keys, also where the platform takes it', async () => {
    const admin = await stage.join(PLATFORM, ['platform_admin'], 'takes@example.org');
    const manager = await stage.join(mine, ['manager'], 'lowered@example.org');
    const key = await makeKey(manager.client);
    const changed = await setRoles(manager.person, ['manager', 'staff'], admin.client);
    expect(changed.body).toMatchObject({ takenBack: { keys: [], invitations: [] } });
    expect(await opens(key)).toBe(200);
    const lowered = await setRoles(manager.person, ['staff'], admin.client);
    expect(lowered.body).toMatchObject({ takenBack: { keys: [key.id] } });
    expect(await opens(key)).toBe(401);
  });

  test('end when their maker is forgotten', async () => {
    const manager = await stage.join(mine, ['manager'], 'gone@example.org');
    const key = await makeKey(manager.client);
    const { token } = await invite(manager.client, ['tenant']);
    const asked = { reason: 'asked for it' };
    expect((await owner.client.post(`${people()}/people/${manager.person}/forget`, asked)).status).toBe(200);
    expect(await opens(key)).toBe(401);
    expect((await stage.client().post('/identity/invitations/look', { token })).status).toBe(404);
  });
});

describe('the audit of an organisation says who', () => {
  test('handed out a link that sets a new password', async () => {
    const manager = await stage.join(mine, ['manager'], 'hands@example.org');
    const one = await stage.join(mine, ['tenant'], 'forgets@example.org');
    expect((await manager.client.post(`${people()}/people/${one.person}/reset-link`)).status).toBe(200);
    expect(await entries(mine, 'person.reset_link_made', one.person)).toEqual([
      { actor: `user ${manager.person}`, reason: null },
    ]);
  });

  test('had somebody forgotten', async () => {
    const manager = await stage.join(mine, ['manager'], 'forgetter@example.org');
    const one = await stage.join(mine, ['tenant'], 'leaves@example.org');
    const asked = { reason: 'moved away' };
    const path = `${people()}/people/${one.person}/forget`;
    expect((await manager.client.post(path, asked)).body).toMatchObject({ whole: true });
    for (const organisation of [mine, PLATFORM])
      expect(await entries(organisation, 'person.forgotten', one.person)).toEqual([
        { actor: `user ${manager.person}`, reason: 'moved away' },
      ]);
  });

  test('also where the person asked themselves, everywhere that they were', async () => {
    const one = await stage.join(mine, ['tenant'], 'asks@example.org');
    const { body } = await stage.operator().post(`${people(theirs)}/invitations`, {
      name: 'Guest',
      roles: ['tenant'],
    });
    await accept(one.client, tokenOf(body));
    expect((await one.client.post('/identity/forget', { password: PASSWORD })).status).toBe(200);
    for (const organisation of [mine, theirs])
      expect(await entries(organisation, 'person.forgotten', one.person)).toMatchObject([
        { actor: `user ${one.person}` },
      ]);
  });
});
