import { SetMetadata } from '@nestjs/common';
import type { Permission } from './domain/permissions.ts';

export interface Needed {
  readonly permission: Permission;
  /** The route itself keeps to what the person's own leases cover, where that is all that they have. */
  readonly own: boolean;
}

export const NEEDS = 'meterline:needs';

/** What a route asks of whoever calls it. A route that says nothing is closed to persons and keys. */
export const Needs = (permission: Permission, options: { readonly own?: boolean } = {}) =>
  SetMetadata(NEEDS, { permission, own: options.own ?? false } satisfies Needed);
