import {
  type Extent,
  extentOf,
  isPermission,
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

/** Who decides over people and keys is a person. */
const NOT_FOR_KEYS: readonly Permission[] = [
  'platform.operate',
  'organisations.manage',
  'organisation.manage',
  'people.invite',
  'people.manage',
  'keys.manage',
];

/** The first scope that somebody of this access may not give to a key, or may give no more. */
export function beyondKeys(access: Access | 'all', scopes: readonly string[]): string | undefined {
  const mayMake = access === 'all' || access.get('keys.manage') === 'all';
  return scopes.find(
    (scope) =>
      !mayMake ||
      !isPermission(scope) ||
      NOT_FOR_KEYS.includes(scope) ||
      (access !== 'all' && access.get(scope) !== 'all'),
  );
}

/**
 * Does an invitation that is out fall when somebody comes to hold these roles here? One that they made, if they could not
 * make it now; one that is for them, if it gives what they do not keep: nobody comes back by a link from before.
 */
export function invitationFalls(
  invitation: { readonly roles: readonly Role[]; readonly made: boolean; readonly addressed: boolean },
  kept: { readonly here: readonly Role[]; readonly everywhere: readonly Role[] },
): 'made' | 'addressed' | undefined {
  if (invitation.made && !mayGrant([...kept.here, ...kept.everywhere], invitation.roles)) return 'made';
  const gains = invitation.roles.some((role) => !kept.here.includes(role));
  return invitation.addressed && gains ? 'addressed' : undefined;
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
