import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type IdentityStage, openIdentity, PASSWORD } from '../support/identity.ts';

let stage: IdentityStage;
let blocker: pg.Client;

beforeAll(async () => {
  stage = await openIdentity();
  const mine = await stage.addOrganisation('Mine');
  await stage.join(mine, ['tenant'], 'known@example.org');
  blocker = new pg.Client(stage.fresh.ownerUrl);
  await blocker.connect();
});
afterAll(async () => {
  await blocker.end();
  await stage.close();
});

/** While nothing can be written to these tables: an answer that waited for that would not come. */
async function withoutWriting<T>(tables: string, work: () => Promise<T>): Promise<T> {
  await blocker.query('begin');
  await blocker.query(`lock table ${tables} in exclusive mode`);
  try {
    return await work();
  } finally {
    await blocker.query('rollback');
  }
}

const entries = async (action: string) =>
  (
    await stage.ground.pools.owner.query<{ reason: string | null }>(
      'select reason from audit_entry where action = $1 order by at',
      [action],
    )
  ).rows;

describe('what only a known account costs is done after the answer', () => {
  test('the entry of a sign-in that was refused', async () => {
    const address = '10.77.1.1';
    for (let i = 0; i < 12; i += 1)
      await stage.client(address).signIn(`nobody${i}@example.org`, 'a guess of it');
    await stage.services.refusals.flush();
    const before = (await entries('sign_in.refused')).length;
    const answers = await withoutWriting('audit_entry', () =>
      Promise.all([
        stage.client(address).signIn('known@example.org', 'a guess of it'),
        stage.client(address).signIn('nobody99@example.org', 'a guess of it'),
      ]),
    );
    for (const { status, body } of answers) expect([status, body.code]).toEqual([401, 'sign_in_refused']);
    await stage.services.refusals.flush();
    expect((await entries('sign_in.refused')).length).toBeGreaterThan(before);
  });

  test('the link of a reset that was asked for', async () => {
    const ask = (login: string) => stage.client().post('/identity/reset-requests', { login });
    const answers = await withoutWriting('person_link, outbox, audit_entry', () =>
      Promise.all([ask('known@example.org'), ask('nobody@example.org')]),
    );
    for (const { status } of answers) expect(status).toBe(202);
    await stage.services.trailing.settled();
    expect(await entries('person.reset_asked')).toHaveLength(1);
    expect((await stage.client().signIn('known@example.org', PASSWORD)).status).toBe(200);
  });
});

test('a refusal that could not be written is counted, and comes with the others', async () => {
  await stage.services.refusals.flush();
  const before = (await entries('sign_in.refused')).length;
  await stage.ground.pools.owner.query('alter table audit_entry rename to audit_entry_away');
  const { status } = await stage.client('10.78.1.1').signIn('nobody@example.org', 'a guess of it');
  await expect(stage.services.refusals.flush()).rejects.toThrow();
  await stage.ground.pools.owner.query('alter table audit_entry_away rename to audit_entry');
  expect(status).toBe(401);
  await stage.services.refusals.flush();
  const found = await entries('sign_in.refused');
  expect(found).toHaveLength(before + 1);
  expect(found.at(-1)?.reason).toMatch(/^1 more until /);
});
