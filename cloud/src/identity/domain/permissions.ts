/** Who people are to an organisation. `platform_admin` belongs to the platform, which is an organisation as well. */
export const ROLES = [
  'platform_admin',
  'owner',
  'manager',
  'staff',
  'technician',
  'auditor',
  'tenant',
] as const;
export type Role = (typeof ROLES)[number];

/** `all` of the organisation, or only what one's own leases cover, for their time. */
export type Extent = 'all' | 'own';

/**
 * The one table of who may do what: the API checks it, the database is told of it, the dashboard is sent it, and the
 * documentation prints it. One column a role in the order of ROLES: `a` all, `o` own, `-` nothing.
 */
const MATRIX = {
  'platform.operate': /*     */ 'a------',
  'organisations.manage': /* */ 'a------',
  'organisation.read': /*    */ 'aaaaaao',
  'organisation.manage': /*  */ 'aa-----',
  'people.read': /*          */ 'aaaa-a-',
  'people.invite': /*        */ 'aaaa---',
  'people.manage': /*        */ 'aaa----',
  'keys.manage': /*          */ '-aa----',
  'audit.read': /*           */ 'aaa--a-',
  'places.read': /*          */ 'aaaaaao',
  'places.manage': /*        */ '-aa----',
  'leases.read': /*          */ '-aaa-ao',
  'leases.manage': /*        */ '-aaa---',
  'meters.read': /*          */ 'aaaaaao',
  'meters.manage': /*        */ '-aa-a--',
  'gateways.read': /*        */ 'aaaaaa-',
  'gateways.manage': /*      */ '-aa-a--',
  'usage.read': /*           */ '-aaaaao',
  'usage.decide': /*         */ '-aa----',
  'readings.read': /*        */ '-aaaaao',
  'readings.write': /*       */ '-aaaa--',
  'readings.correct': /*     */ '-aa----',
  'imports.read': /*         */ '-aaa-a-',
  'imports.manage': /*       */ '-aa----',
  'sources.read': /*         */ '-aa-aa-',
  'sources.manage': /*       */ '-aa----',
} as const;

export type Permission = keyof typeof MATRIX;
export const PERMISSIONS = Object.keys(MATRIX) as readonly Permission[];

const EXTENTS: Readonly<Record<string, Extent>> = { a: 'all', o: 'own' };

export function extentOf(role: Role, permission: Permission): Extent | undefined {
  return EXTENTS[MATRIX[permission].charAt(ROLES.indexOf(role))];
}

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);
export const isPermission = (text: string): text is Permission => Object.hasOwn(MATRIX, text);

/** Which roles a role may give and take away. Nobody raises anybody above what they are themselves. */
export const MAY_GRANT: Readonly<Record<Role, readonly Role[]>> = {
  platform_admin: ROLES,
  owner: ROLES.filter((role) => role !== 'platform_admin'),
  manager: ['staff', 'technician', 'auditor', 'tenant'],
  staff: ['tenant'],
  technician: [],
  auditor: [],
  tenant: [],
};

/** Who decides over others must hold a second factor before anything is open to them. */
export const NEEDS_SECOND_FACTOR: readonly Role[] = ['platform_admin', 'owner'];
