/** draft: agreed, its room is kept. active: moved in. ended: moved out. cancelled: never came to be. */
export const LEASE_STATES = ['draft', 'active', 'ended', 'cancelled'] as const;
export type LeaseState = (typeof LEASE_STATES)[number];

export const MOVES = ['move-in', 'room-change', 'move-out'] as const;
export type MoveKind = (typeof MOVES)[number];

/** What can happen to a lease, and when: all of it. */
export const STEPS = {
  'move-in': { from: 'draft', to: 'active' },
  'room-change': { from: 'active', to: 'active' },
  'move-out': { from: 'active', to: 'ended' },
  cancel: { from: 'draft', to: 'cancelled' },
} as const satisfies Readonly<
  Record<MoveKind | 'cancel', { readonly from: LeaseState; readonly to: LeaseState }>
>;

/** Who is part of a lease. All but a guarantor see what the rooms use, for as long as they are part of it. */
export const LEASE_ROLES = ['tenant', 'co-tenant', 'payer', 'guarantor', 'occupant'] as const;
export type LeaseRole = (typeof LEASE_ROLES)[number];

export const DEPOSIT_HANDLINGS = ['refundable', 'last-rent', 'non-refundable'] as const;
export type DepositHandling = (typeof DEPOSIT_HANDLINGS)[number];

export const SERVICE_KINDS = [
  'internet',
  'parking',
  'furniture',
  'cleaning',
  'common-fee',
  'water',
  'other',
] as const;
export const SERVICE_PERIODS = ['month', 'person-month', 'day', 'once'] as const;
