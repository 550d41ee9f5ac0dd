import type { Day } from './days.ts';
import type { Name } from './names.ts';

/** All that the demo writes into a hub, as data: the same seed and day make the same plan. */
export interface EstatePlan {
  readonly seed: string;
  /** The day on which the demo was made, where the buildings are. */
  readonly today: Day;
  /** The first day of the history: the meters were new to the hub then. */
  readonly since: Day;
  readonly organisation: string;
  readonly buildings: readonly [bangkok: BuildingPlan, jakarta: BuildingPlan];
}

export interface BuildingPlan extends Name {
  readonly key: 'bangkok' | 'jakarta';
  readonly zone: string;
  readonly address: string;
  readonly currency: 'THB' | 'IDR';
  readonly language: 'th' | 'id';
  readonly cycleDay: number;
  readonly regime: { readonly from: Day; readonly regime: string; readonly reason: string };
  readonly floors: readonly FloorPlan[];
  readonly places: readonly PlacePlan[];
  readonly meters: readonly MeterPlan[];
  readonly leases: readonly LeasePlan[];
  readonly outages: readonly { readonly room: string; readonly from: Day; readonly reason: string }[];
}

export interface FloorPlan extends Name {
  readonly level: number;
}

export interface PlacePlan extends Name {
  readonly kind: 'room' | 'common';
  readonly floor: string | null;
  readonly areaM2: string;
  readonly capacity: number | null;
}

export type Medium = 'electricity' | 'water';

export interface MeterPlan {
  readonly label: string;
  readonly serial: string;
  readonly role: 'main' | 'sub' | 'common';
  readonly medium: Medium;
  /** Where it hangs; a main meter hangs in the building. */
  readonly place: string | null;
  /** What its model is called; the virtual building speaks as that model. */
  readonly profile: string;
  /** Whether a gateway reads it, or people do. */
  readonly isRead: 'by a gateway' | 'by people';
  readonly main: string | null;
  readonly bus: string;
  readonly unit: number;
}

export type PersonRole = 'tenant' | 'co-tenant' | 'payer' | 'guarantor' | 'occupant';

export interface PersonPlan extends Name {
  readonly role: PersonRole;
  readonly phone: string | null;
  readonly email: string | null;
  readonly taxId: string | null;
  readonly idDocument: string | null;
  readonly language: 'th' | 'en' | 'id';
}

/** Of a month, in whole units of the currency. */
export interface ServicesPlan {
  readonly internet: number;
  readonly parking: number;
  readonly commonFee: number;
}

/**
 * How it comes into the hub: `listed` with the list of tenants, `agreed` as a draft whose room is kept, `moved-in` in one
 * step with its move-in.
 */
export type LeaseWay = 'listed' | 'agreed' | 'moved-in';

export interface LeasePlan {
  readonly id: string;
  readonly number: string;
  readonly way: LeaseWay;
  readonly room: string;
  readonly first: Day;
  /** As it is agreed, inclusive; null for open. */
  readonly last: Day | null;
  readonly rent: number;
  readonly deposit: number;
  readonly services: ServicesPlan;
  readonly people: readonly [PersonPlan, ...PersonPlan[]];
  readonly note: string | null;
  /** What was written down on the day, by hand. */
  readonly moves: readonly MovePlan[];
}

export interface MovePlan {
  readonly id: string;
  readonly kind: 'move-in' | 'change-room' | 'move-out';
  readonly day: Day;
  /** A quarter hour: 11:15. */
  readonly clock: string;
  /** Where to. */
  readonly room: string | null;
  readonly notes: string;
  readonly keys: string;
}
