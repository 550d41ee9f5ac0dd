import { setTimeout as sleep } from 'node:timers/promises';
import { type GatewayId, gatewayId, mayPublish, maySubscribe } from '@meterline/contracts';
import type { MqttPrincipal, Presented } from '../../platform/mqtt/index.ts';
import type { GatewayDirectory } from '../../sites/index.ts';

const SECOND_LOOK_MS = 300;
const OWNER = /^ml\/1\/([0-9a-f-]{36})\//;

/** Whose a topic or a filter of the contract is, also where the rest of it is none. */
export function gatewayOf(topic: string): GatewayId | undefined {
  const id = gatewayId.safeParse(OWNER.exec(topic)?.[1]);
  return id.success ? id.data : undefined;
}

/** Who is a gateway, by certificate or by token, and for how long. */
export class GatewayAccess {
  readonly #directory: GatewayDirectory;
  /** What a connection was let in by, to be judged again as long as it lasts. In memory only, and never told. */
  readonly #tokens = new WeakMap<MqttPrincipal, string>();

  constructor(directory: GatewayDirectory) {
    this.#directory = directory;
  }

  async authenticate({ certificate, username, password }: Presented): Promise<MqttPrincipal | undefined> {
    const id = gatewayId.safeParse(certificate ? certificate.commonName : username);
    if (!id.success) return undefined;
    const token = password?.toString('utf8') ?? '';
    const principal: MqttPrincipal = certificate
      ? { name: id.data, by: 'certificate', fingerprint: certificate.fingerprint }
      : { name: id.data, by: 'token' };
    if (principal.by === 'token') this.#tokens.set(principal, token);
    if (await this.holds(principal)) return principal;
    // What was issued a moment ago is still on its way here, and a guess costs its time.
    await sleep(SECOND_LOOK_MS);
    return (await this.holds(principal)) ? principal : undefined;
  }

  /** Whether it would be let in now. */
  async holds(principal: MqttPrincipal): Promise<boolean> {
    const known = await this.#directory.gateway(principal.name);
    if (!known) return false;
    if (principal.fingerprint !== undefined) return known.holdsCertificate(principal.fingerprint);
    return known.holdsToken(this.#tokens.get(principal) ?? '');
  }

  mayPublish({ name }: MqttPrincipal, topic: string): boolean {
    return mayPublish(name as GatewayId, topic);
  }

  maySubscribe({ name }: MqttPrincipal, filter: string): boolean {
    return maySubscribe(name as GatewayId, filter);
  }
}
