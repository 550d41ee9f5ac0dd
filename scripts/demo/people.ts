import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writePrivate } from '../stack/hub.ts';
import { HubApi, HubRefusal, type Row } from './hub-api.ts';
import { SIGN_INS } from './plan/bangkok.ts';
import { JAKARTA_TENANT } from './plan/jakarta.ts';
import type { Name } from './plan/names.ts';
import { codeOf } from './totp.ts';

/** Somebody who can sign in. */
export interface SignIn extends Name {
  readonly who: string;
  readonly role: string;
  readonly organisation: string;
  /** E-mail address or phone number. */
  readonly login: string;
  readonly password: string;
  /** Asked for at each sign-in, where the role demands it. */
  readonly secondFactor?: {
    readonly secret: string;
    readonly otpauth: string;
    readonly recoveryCodes: readonly string[];
  };
}

type Kept = { -readonly [Key in keyof SignIn]: SignIn[Key] } & { hasBegun: boolean; hasJoined: boolean };

const PLATFORM = '00000000-0000-0000-0000-000000000000';
const latin = (name: string, login: string) => ({ name, otherName: null, login });

/** Who they are is the same in each demo; their passwords are not. */
const EVERYBODY = [
  { who: 'platform admin', role: 'platform_admin', ...latin('Pat Admin', 'platform@example.com') },
  { who: 'owner', role: 'owner', ...latin('Orawan Suanplu', 'owner@example.com') },
  { who: 'manager', role: 'manager', ...latin('Manee Chaiyo', 'manager@example.com') },
  { who: 'staff', role: 'staff', ...latin('Suda Prasert', 'staff@example.com') },
  { who: 'technician', role: 'technician', ...latin('Thep Chang', 'technician@example.com') },
  { who: 'auditor', role: 'auditor', ...latin('Anan Trairat', 'auditor@example.com') },
  {
    who: 'tenant, Bangkok 201',
    role: 'tenant',
    ...SIGN_INS.tenant.tenant,
    login: SIGN_INS.tenant.tenant.phone,
  },
  {
    who: 'former tenant, 302',
    role: 'tenant',
    ...SIGN_INS.former.tenant,
    login: SIGN_INS.former.tenant.email,
  },
  { who: 'tenant, Jakarta A-3', role: 'tenant', ...JAKARTA_TENANT, login: JAKARTA_TENANT.email },
] as const;
type Who = (typeof EVERYBODY)[number]['who'];

const NEEDS_SECOND_FACTOR: readonly Who[] = ['platform admin', 'owner'];

export interface PeopleOptions {
  /** Passwords and secrets: what must outlive a restart. */
  readonly file: string;
  readonly url: string;
  readonly operatorToken: string;
  readonly organisation: string;
  readonly organisationName: string;
}

/** The people of the demo: invited and joined as anybody is, each step once. */
export class People {
  readonly operator: HubApi;
  readonly #options: PeopleOptions;
  readonly #nobody: HubApi;
  readonly #kept: Kept[];
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>();

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.operator = new HubApi(options.url, async () => options.operatorToken);
    this.#nobody = new HubApi(options.url, async () => undefined);
    this.#kept = existsSync(options.file)
      ? (JSON.parse(readFileSync(options.file, 'utf8')) as Kept[])
      : EVERYBODY.map(({ who, role, name, otherName, login }) => ({
          ...{ who, role, name, otherName, login, password: randomBytes(9).toString('base64url') },
          organisation: role === 'platform_admin' ? 'the platform' : options.organisationName,
          ...{ hasBegun: false, hasJoined: false },
        }));
    this.#keep();
  }

  get signIns(): SignIn[] {
    return this.#kept.map(({ hasBegun: _begun, hasJoined: _joined, ...signIn }) => signIn);
  }

  /** The hub in the name of one of them who needs no second factor. */
  as(who: Who): HubApi {
    return new HubApi(this.#options.url, () => this.#tokenOf(this.#one(who)));
  }

  /** Who runs the house; the operator lets in the first ones. */
  async foundOrganisation(): Promise<void> {
    const { organisation } = this.#options;
    await this.#invited('platform admin', this.operator, PLATFORM);
    await this.#invited('owner', this.operator, organisation);
    await this.#invited('manager', this.operator, organisation);
  }

  async hireOthers(): Promise<void> {
    const manager = this.as('manager');
    for (const who of ['staff', 'technician', 'auditor'] as const)
      await this.#invited(who, manager, this.#options.organisation);
  }

  /** Tenants are invited as whom their lease names. */
  async letTenantsIn(): Promise<void> {
    const manager = this.as('manager');
    const parties = `/organisations/${this.#options.organisation}/parties`;
    for (const one of this.#kept.filter(({ role }) => role === 'tenant')) {
      if (one.hasJoined) continue;
      const found = await manager.list(`${parties}?like=${encodeURIComponent(one.name)}`);
      const party = found.find(({ name }) => name === one.name);
      if (!party) throw new Error(`the hub knows nobody of the name ${one.name}`);
      await this.#join(one, () => manager.post(`${parties}/${party.id}/invite`));
    }
  }

  async #invited(who: Who, inviter: HubApi, organisation: string): Promise<void> {
    const one = this.#one(who);
    const invitations = `/identity/organisations/${organisation}/invitations`;
    const { name, login: contact, role } = one;
    await this.#join(one, () => inviter.post(invitations, { name, contact, roles: [role] }));
    if (NEEDS_SECOND_FACTOR.includes(who)) await this.#secure(one);
  }

  /** A run that was killed on the way may have done it already: then the password fits. */
  async #join(one: Kept, invite: () => Promise<Row>): Promise<void> {
    if (one.hasJoined) return;
    const isNew = !one.hasBegun || !(await this.#fits(one));
    if (isNew) {
      const token = String((await invite()).address).split('#')[1];
      const { password } = one;
      one.hasBegun = true;
      this.#keep();
      await this.#nobody.post('/identity/invitations/accept', { token, password });
    }
    one.hasJoined = true;
    this.#keep();
  }

  async #fits(one: Kept): Promise<boolean> {
    try {
      await this.#tokenOf(one);
      return true;
    } catch (error) {
      if (error instanceof HubRefusal && error.code === 'second_factor_needed') return true;
      if (error instanceof HubRefusal && error.code === 'sign_in_refused') return false;
      throw error;
    }
  }

  /** What is shown once is kept before it counts. The code is that of the step before: the present one stays unused. */
  async #secure(one: Kept): Promise<void> {
    if (one.secondFactor && one.secondFactor.recoveryCodes.length > 0) return;
    try {
      const self = new HubApi(this.#options.url, () => this.#tokenOf(one));
      const { password } = one;
      const begun = await self.post<{ secret: string; address: string }>('/identity/second-factor', {
        password,
      });
      one.secondFactor = { secret: begun.secret, otpauth: begun.address, recoveryCodes: [] };
      this.#keep();
      const code = codeOf(begun.secret, Date.now(), -1);
      const { recoveryCodes } = await self.post<{ recoveryCodes: string[] }>(
        ...(['/identity/second-factor/confirm', { code }] as const),
      );
      one.secondFactor = { ...one.secondFactor, recoveryCodes };
      this.#keep();
    } catch (error) {
      // It counts already, and was killed before it was told its recovery codes: the app's codes do.
      if (error instanceof HubRefusal && error.code === 'second_factor_needed') return;
      throw error;
    } finally {
      this.#tokens.delete(one.who);
    }
  }

  async #tokenOf({ who, login, password }: Kept): Promise<string> {
    const known = this.#tokens.get(who);
    if (known && Date.now() < known.until) return known.token;
    const given = { login, password, device: 'make demo' };
    const { accessToken, expiresIn } = await this.#nobody.post<{ accessToken: string; expiresIn: number }>(
      ...(['/session/tokens', given] as const),
    );
    this.#tokens.set(who, { token: accessToken, until: Date.now() + expiresIn * 500 });
    return accessToken;
  }

  #one(who: Who): Kept {
    const found = this.#kept.find((one) => one.who === who);
    if (!found) throw new Error(`${this.#options.file} knows no ${who}; start over with RESET=1`);
    return found;
  }

  #keep(): void {
    writePrivate(this.#options.file, `${JSON.stringify(this.#kept, null, 2)}\n`);
  }
}
