import { createHash } from 'node:crypto';
import type pg from 'pg';
import { idOf, type TestGateway } from './gateway.ts';

interface Place {
  readonly organisation: string;
  readonly building: string;
}

export async function registerPlace(client: pg.Client, name: string): Promise<Place> {
  const [organisation, building] = [idOf<string>(`organisation ${name}`), idOf<string>(`building ${name}`)];
  await client.query('insert into organisation (id, name) values ($1, $2)', [organisation, name]);
  await client.query(
    "insert into building (id, organisation_id, name, zone) values ($1, $2, 'b', 'Asia/Bangkok')",
    [building, organisation],
  );
  return { organisation, building };
}

/** With its key, and a token to connect with, which is answered. */
export async function registerGateway(
  client: pg.Client,
  gateway: TestGateway,
  { organisation, building }: Place,
): Promise<string> {
  const token = `mlgw_${createHash('sha256').update(`token ${gateway.name}`).digest('base64url')}`;
  await client.query(
    "insert into gateway (id, organisation_id, building_id, name, kind) values ($1, $2, $3, $4, 'signed')",
    [gateway.id, organisation, building, gateway.name],
  );
  const { keyId, publicKey } = gateway.signer;
  await client.query(
    'insert into gateway_key (key_id, organisation_id, gateway_id, public_key) values ($1, $2, $3, $4)',
    [keyId, organisation, gateway.id, publicKey],
  );
  await client.query(
    'insert into gateway_token (id, organisation_id, gateway_id, hash) values ($1, $2, $3, $4)',
    [idOf(`token ${gateway.name}`), organisation, gateway.id, createHash('sha256').update(token).digest()],
  );
  return token;
}
