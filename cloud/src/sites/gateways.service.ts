import type { Temporal } from 'temporal-polyfill';
import { errorCode } from '../platform/db/index.ts';
import { demandBuilding } from './demand.ts';
import { type PublicKey, parsePublicKey } from './domain/public-key.ts';
import { gatewayToken, tokenHash } from './domain/token.ts';
import { type By, change, look, type SitesParts } from './site-change.ts';
import { sitesError } from './sites.errors.ts';
import type { SitesStore } from './sites.store.ts';
import { GATEWAY_KINDS, type Gateway, type GatewayDetails } from './sites.types.ts';
import { id7Of, idOf, invalid, nameOf, oneOf, reasonOf } from './text-rules.ts';

export interface AddGateway {
  /** As the gateway made it; a simple device, which has none, is given one. */
  readonly id?: string | undefined;
  readonly building: string;
  readonly name?: string | undefined;
  readonly kind?: string | undefined;
  /** Hex or PEM; a gateway that signs has one, a simple device none. */
  readonly publicKey?: string | undefined;
  /** The gateway whose points it reads from now on. */
  readonly replaces?: string | undefined;
}

/** One that is used, and one that is about to take its place. */
const MAX_TOKENS = 2;

/** Gateways and their credentials. The hub holds public keys and hashes, and nothing that could be used in their name. */
export class GatewaysService {
  readonly #parts: SitesParts;

  constructor(parts: SitesParts) {
    this.#parts = parts;
  }

  list(organisation: string, building?: string): Promise<readonly Gateway[]> {
    return look(this.#parts, organisation, (store) => store.gateways(building));
  }

  show(organisation: string, id: string): Promise<GatewayDetails> {
    return look(this.#parts, organisation, async (store) => details(store, id));
  }

  async add(organisation: string, given: AddGateway, by: By): Promise<GatewayDetails> {
    const kind = oneOf(GATEWAY_KINDS, given.kind ?? 'signed', 'the kind of a gateway');
    const id = given.id === undefined ? this.#parts.ids.next() : id7Of(given.id, 'gateways');
    const key = keyOf(kind, given.publicKey);
    const name = nameOf(given.name ?? `gateway ${id.slice(-6)}`, 'the name of a gateway');
    const at = this.#parts.clock.now();
    const replaces = given.replaces === undefined ? null : idOf(given.replaces, 'a gateway');
    return change(this.#parts, organisation, by, async (store, tell, tx) => {
      await demandBuilding(tx, given.building);
      if (replaces !== null && !(await store.lockGateway(replaces))) throw sitesError('gateway_not_found');
      await store
        .addGateway({ id, building: given.building, name, kind, replaces }, at)
        .catch(taken('gateway_exists'));
      if (key) await addKey(store, id, key, at);
      const points = replaces === null ? 0 : await store.takeOver(replaces, id, at);
      await tell({
        action: 'gateway.added',
        subject: { type: 'gateway', id },
        fields: ['building', 'name', 'kind', ...(key ? ['key'] : []), ...(replaces ? ['replaces'] : [])],
        payload: { kind, ...(key && { keyId: key.keyId }), ...(replaces && { replaces, points }) },
      });
      return details(store, id);
    });
  }

  /** Meters that came from a list are read by it from now on: the ones named, or all of its building that nobody reads. */
  async takeMeters(
    organisation: string,
    id: string,
    meters: readonly string[] | undefined,
    by: By,
  ): Promise<readonly string[]> {
    const wanted = meters?.map((meter) => idOf(meter, 'a meter'));
    return change(this.#parts, organisation, by, async (store, tell) => {
      await activeGateway(store, id);
      const taken = await store.takeMeters(id, this.#parts.clock.now(), wanted);
      const missed = wanted?.filter((meter) => !taken.includes(meter)) ?? [];
      if (missed.length > 0)
        throw sitesError('meter_not_taken', { details: { meters: missed.slice(0, 20) } });
      if (taken.length === 0) return taken;
      await tell({
        action: 'gateway.meters_taken',
        subject: { type: 'gateway', id },
        fields: ['points'],
        payload: { meters: taken.length },
      });
      return taken;
    });
  }

  async addKey(organisation: string, id: string, publicKey: string, by: By): Promise<GatewayDetails> {
    const key = keyOf('signed', publicKey);
    return change(this.#parts, organisation, by, async (store, tell) => {
      const gateway = await activeGateway(store, id);
      if (gateway.kind === 'simple' || !key) throw sitesError('gateway_unsigned');
      await addKey(store, id, key, this.#parts.clock.now());
      await tell({
        action: 'gateway.key_added',
        subject: { type: 'gateway', id },
        fields: ['key'],
        payload: { keyId: key.keyId },
      });
      return details(store, id);
    });
  }

  async retireKey(organisation: string, id: string, keyId: string, by: By): Promise<GatewayDetails> {
    return change(this.#parts, organisation, by, async (store, tell) => {
      await activeGateway(store, id);
      const active = (await store.keys(id)).filter(({ retiredAt }) => retiredAt === null);
      if (!active.some((key) => key.keyId === keyId))
        throw invalid(`"${keyId.slice(0, 20)}" is no key in use of this gateway`);
      if (active.length === 1) throw sitesError('gateway_key_last');
      await store.retireKey(id, keyId, this.#parts.clock.now());
      await tell({
        action: 'gateway.key_retired',
        subject: { type: 'gateway', id },
        fields: ['key'],
        payload: { keyId },
      });
      return details(store, id);
    });
  }

  /** The only time that anybody sees it: what is kept is its hash. */
  async issueToken(
    organisation: string,
    id: string,
    options: { readonly replace?: boolean },
    by: By,
  ): Promise<string> {
    return change(this.#parts, organisation, by, async (store, tell) => {
      await activeGateway(store, id);
      const at = this.#parts.clock.now();
      const revoked = options.replace ? await store.revokeTokens(id, at) : 0;
      const active = (await store.tokens(id)).filter(({ revokedAt }) => revokedAt === null);
      if (active.length >= MAX_TOKENS) throw sitesError('gateway_token_limit');
      const token = gatewayToken(this.#parts.random);
      const tokenId = this.#parts.ids.next();
      await store.addToken(id, tokenId, tokenHash(token), at);
      await tell({
        action: 'gateway.token_issued',
        subject: { type: 'gateway', id },
        fields: ['token'],
        payload: { token: tokenId, revoked },
      });
      return token;
    });
  }

  /** A certificate that our CA has issued: until it is known here, no door lets its owner in. */
  async noteCertificate(
    organisation: string,
    id: string,
    certificate: {
      fingerprint: string;
      serial: string;
      issuedAt: Temporal.Instant;
      notAfter: Temporal.Instant;
    },
    by: By,
  ): Promise<void> {
    await change(this.#parts, organisation, by, async (store, tell) => {
      await activeGateway(store, id);
      await store.addCertificate(id, certificate);
      await tell({
        action: 'gateway.certificate_noted',
        subject: { type: 'gateway', id },
        fields: ['certificate'],
        payload: { fingerprint: certificate.fingerprint, serial: certificate.serial },
      });
    });
  }

  /** For good: its keys, tokens and certificates open nothing any more. What it sent stays. */
  async revoke(organisation: string, id: string, reason: string, by: By): Promise<GatewayDetails> {
    const because = reasonOf(reason);
    return change(this.#parts, organisation, by, async (store, tell) => {
      await activeGateway(store, id);
      await store.revokeGateway(id, this.#parts.clock.now());
      await tell({
        action: 'gateway.revoked',
        subject: { type: 'gateway', id },
        fields: ['state'],
        reason: because,
      });
      return details(store, id);
    });
  }
}

function keyOf(kind: string, text: string | undefined): PublicKey | undefined {
  if (kind === 'simple') {
    if (text !== undefined) throw sitesError('gateway_unsigned');
    return undefined;
  }
  if (text === undefined)
    throw invalid(
      'a gateway signs what it sends: its public key is needed (a device that cannot is of kind simple)',
    );
  const key = parsePublicKey(text);
  if (!key.ok) throw invalid(`the public key ${key.error}`);
  return key.value;
}

async function addKey(
  store: SitesStore,
  gateway: string,
  key: PublicKey,
  at: Temporal.Instant,
): Promise<void> {
  await store.addKey(gateway, key, at).catch(taken('gateway_key_taken'));
}

async function activeGateway(store: SitesStore, id: string) {
  const gateway = await store.lockGateway(idOf(id, 'a gateway'));
  if (!gateway) throw sitesError('gateway_not_found');
  if (gateway.state === 'revoked') throw sitesError('gateway_revoked');
  return gateway;
}

async function details(store: SitesStore, id: string): Promise<GatewayDetails> {
  const gateway = await store.gateway(idOf(id, 'a gateway'));
  if (!gateway) throw sitesError('gateway_not_found');
  return {
    ...gateway,
    keys: await store.keys(id),
    tokens: await store.tokens(id),
    certificates: await store.certificates(id),
  };
}

const UNIQUE_VIOLATION = '23505';

const taken = (code: 'gateway_exists' | 'gateway_key_taken') => (error: unknown) => {
  throw errorCode(error) === UNIQUE_VIOLATION ? sitesError(code, { cause: error }) : error;
};
