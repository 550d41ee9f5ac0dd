import {
  type Extent,
  extentOf,
  MAY_GRANT,
  NEEDS_SECOND_FACTOR,
  PERMISSIONS,
  type Permission,
  type Role,
} from './permissions.ts';

/** What somebody may do in one organisation. */
export type Access = ReadonlyMap<Permission, Extent>;

/** Several roles add up: what one of them has as a whole is had as a whole. */
export function accessOf(roles: readonly Role[]): Access {
  const found = new Map<Permission, Extent>();
  for (const permission of PERMISSIONS) {
    const extents = roles.map((role) => extentOf(role, permission));
    if (extents.includes('all')) found.set(permission, 'all');
    else if (extents.includes('own')) found.set(permission, 'own');
  }
  return found;
}

/** A key has what its scopes name, as far as whoever made it had it as a whole. */
export function accessOfScopes(scopes: readonly Permission[]): Access {
  return new Map(scopes.map((scope) => [scope, 'all'] as const));
}

/** As the database context carries it: `places.read usage.read:own`. Sorted, so that equal access is equal text. */
export function accessText(access: Access): string {
  return [...access]
    .map(([permission, extent]) => (extent === 'all' ? permission : `${permission}:own`))
    .sort()
    .join(' ');
}

export const demandsSecondFactor = (roles: readonly Role[]): boolean =>
  roles.some((role) => NEEDS_SECOND_FACTOR.includes(role));

/** May somebody with these roles give, or take away, all of those? */
export function mayGrant(own: readonly Role[], roles: readonly Role[]): boolean {
  return roles.every((role) => own.some((each) => MAY_GRANT[each].includes(role)));
}

/**
 * A link that sets a new password is the account. So an organisation may hand one out only for somebody who is in no
 * other organisation, and only by those who could have given the roles in the first place.
 */
export function mayReset(
  own: readonly Role[],
  person: { readonly roles: readonly Role[]; readonly elsewhere: boolean },
): boolean {
  return !person.elsewhere && person.roles.length > 0 && mayGrant(own, person.roles);
}
