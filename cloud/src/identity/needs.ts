import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiExtension } from '@nestjs/swagger';
import type { Permission } from './domain/permissions.ts';

export interface Needed {
  readonly permission: Permission;
  /** The route itself keeps to what the person's own leases cover, where that is all that they have. */
  readonly own: boolean;
}

export const NEEDS = 'meterline:needs';
/** In the document of the API: the permission that a route asks for, as `usage.read` or `usage.read:own`. */
const PERMISSION_EXTENSION = 'x-permission';

/** What a route asks of whoever calls it. A route that says nothing is closed to persons and keys. */
export function Needs(permission: Permission, { own = false }: { readonly own?: boolean } = {}) {
  return applyDecorators(
    SetMetadata(NEEDS, { permission, own } satisfies Needed),
    ApiCookieAuth('session'),
    ApiBearerAuth('access'),
    ApiExtension(PERMISSION_EXTENSION, own ? `${permission}:own` : permission),
  );
}
