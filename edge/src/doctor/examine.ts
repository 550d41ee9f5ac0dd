import { CommissionedStore } from '../commission/commissioned-store.ts';
import { type ConfigMemory, ConfigStore, NO_MEMORY } from '../desired/config-store.ts';
import { Credentials } from '../enrol/credentials.ts';
import { type Identity, IdentityError, readIdentity } from '../enrol/identity.ts';
import type { ProfileSet } from '../meters/profile-store.ts';
import { journalPath } from '../store/index.ts';
import { brokerFindings } from './broker.ts';
import { clockFindings } from './clock.ts';
import { configFindings } from './config.ts';
import { diskFindings } from './disk.ts';
import { bad, type Finding } from './finding.ts';
import { portFindings } from './ports.ts';
import { certificateFindings } from './trust.ts';

export interface Examined {
  readonly state: string;
  readonly journal?: string;
  readonly profiles: ProfileSet;
  readonly wallMs: () => number;
  readonly root?: string;
}

/** Looks at everything without changing anything. What is not there yet is said, not made. */
export async function examine({
  state,
  journal,
  profiles,
  wallMs,
  root = '/',
}: Examined): Promise<Finding[]> {
  const identity = identityOf(state);
  const who = identity instanceof IdentityError ? undefined : identity;
  const credentials = who && new Credentials(state, wallMs, 'look');
  const stores = ['config.json', 'config.local.json'].map((name) => {
    const store = new ConfigStore(state, wallMs, name, 'look');
    return { store, memory: store.load() };
  });
  const memory = inUse(stores.map((each) => each.memory));
  const buses = (memory.candidate ?? memory.good)?.config.buses ?? [];
  const local = new CommissionedStore(state, wallMs, 'look').all();
  const localBuses = local
    .map(({ commissioned }) => commissioned.bus)
    .filter(({ url }) => !buses.some((bus) => bus.url === url));
  const ports = portFindings(
    [...new Map([...buses, ...localBuses].map((bus) => [bus.url, bus])).values()],
    root,
  );
  const tls = credentials?.current(wallMs());
  const broker =
    who && tls?.broker
      ? brokerFindings({ url: tls.broker, gateway: who.gateway, credentials: tls })
      : Promise.resolve([]);
  const damaged = stores
    .flatMap(({ store }) => store.quarantined)
    .map((file) =>
      bad(
        'config',
        `${file} is damaged`,
        'the agent takes the copy beside it when it starts; if both are, the hub sends it again',
      ),
    );
  const context = who && { gateway: who.gateway, profiles };
  return [
    ...clockFindings(wallMs(), root),
    ...diskFindings({ state, journal: journal ?? journalPath(state), root }),
    ...(await ports),
    ...(identity instanceof IdentityError
      ? [bad('certificate', identity.message, 'a gateway with a new identity is a new gateway to the hub')]
      : certificateFindings(who, credentials, wallMs())),
    ...(await broker),
    ...damaged,
    ...configFindings({ memory, local: local.length, context, profiles }),
  ];
}

/** That of the hub; where it has never sent one, what a person wrote for `run --config`. */
const inUse = (memories: readonly ConfigMemory[]): ConfigMemory =>
  memories.find(({ good, candidate }) => good || candidate) ?? memories[0] ?? NO_MEMORY;

function identityOf(state: string): Identity | undefined | IdentityError {
  try {
    return readIdentity(state);
  } catch (error) {
    if (error instanceof IdentityError) return error;
    throw error;
  }
}
