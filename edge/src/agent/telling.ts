import type { GatewayId } from '@meterline/contracts';
import type { Clock } from '../clock.ts';
import type { DesiredState } from '../desired/index.ts';
import type { ProfileSet } from '../meters/profile-store.ts';
import type { Polling } from '../poll/index.ts';
import { type AgentSnapshot, snapshotOf } from '../snapshot.ts';
import type { Journal } from '../store/index.ts';
import type { StatusParts, Uplink } from '../uplink/index.ts';
import { tellAlerts } from './alerts.ts';
import type { HubWay } from './hub-way.ts';
import type { Installation } from './installation.ts';
import type { Complaints } from './log.ts';
import { MachineWatch } from './machine.ts';
import { closedBecause, onlineStatus, stateKey } from './online-status.ts';
import type { Timekeeper } from './timekeeper.ts';

export interface TellingParts {
  readonly gateway: GatewayId;
  readonly agent: string;
  readonly clock: Clock;
  readonly time: Timekeeper;
  readonly journal: Journal;
  readonly way: HubWay;
  readonly profiles: ProfileSet;
  readonly polling: Polling;
  readonly installation: Installation;
  readonly complaints: Complaints;
}

/** How the gateway is: for the hub, for a person beside it, and for the log. */
export class Telling {
  readonly #parts: TellingParts;
  readonly #machine = new MachineWatch();
  readonly #begun: number;
  #key = '';

  constructor(parts: TellingParts) {
    this.#parts = parts;
    this.#begun = parts.clock.now().mono;
  }

  status(desired: DesiredState): StatusParts {
    const { agent, clock, time, journal, way, polling } = this.#parts;
    return onlineStatus({
      ...{ agent, clock },
      uptimeMs: this.#uptimeMs(),
      time: time.state(),
      utc: (mono) => time.utc(mono),
      journal: journal.status(),
      machine: this.#machine.look(clock.wallMs()),
      config: desired.report().running,
      certificateExpires: way.credentials.active()?.expires ?? null,
      buses: polling.status(),
    });
  }

  snapshot(desired: DesiredState, uplink: Uplink): AgentSnapshot {
    const { gateway, agent, clock, time, journal, way, profiles, polling, installation } = this.#parts;
    return snapshotOf({
      ...{ gateway, agent, profiles },
      now: clock.now(),
      utc: time.utc() ?? null,
      uptimeMs: this.#uptimeMs(),
      clock: time.state(),
      buses: polling.status(),
      journal: journal.status(),
      uplink: way.isOpen ? uplink.state : null,
      config: installation.config,
      report: desired.report(),
    });
  }

  /** True when the hub should hear of it before the next regular status. */
  look(): boolean {
    const { polling, journal, complaints } = this.#parts;
    const buses = polling.status();
    for (const bus of buses) complaints.state(`bus ${bus.name}`, closedBecause(bus), 'its port is open');
    const { alerts } = journal.status();
    tellAlerts(complaints, alerts);
    const key = stateKey(buses, alerts);
    const isNew = key !== this.#key;
    this.#key = key;
    return isNew;
  }

  #uptimeMs(): number {
    return Math.round(this.#parts.clock.now().mono - this.#begun);
  }
}
