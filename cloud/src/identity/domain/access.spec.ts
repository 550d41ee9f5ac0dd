import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Access,
  accessOf,
  accessOfScopes,
  accessText,
  beyondKeys,
  demandsSecondFactor,
  invitationFalls,
  mayGrant,
  mayReset,
} from './access.ts';
import {
  extentOf,
  isPermission,
  isRole,
  MAY_GRANT,
  PERMISSIONS,
  type Permission,
  ROLES,
  type Role,
} from './permissions.ts';

const roles = fc.subarray([...ROLES]);
const may = (role: Role, permission: Permission) => extentOf(role, permission);
const writes = PERMISSIONS.filter((permission) => !permission.endsWith('.read'));

describe('the matrix', () => {
  test.each(PERMISSIONS)('%s has a place for each role', (permission) => {
    for (const role of ROLES) expect([undefined, 'all', 'own']).toContain(may(role, permission));
    expect(ROLES.some((role) => may(role, permission) === 'all')).toBe(true);
  });

  test('an auditor reads everything of the organisation and changes nothing', () => {
    for (const permission of writes) expect(may('auditor', permission)).toBeUndefined();
    const read = PERMISSIONS.filter((permission) => permission.endsWith('.read'));
    for (const permission of read) expect(may('auditor', permission), permission).toBe('all');
  });

  test('a tenant has nothing as a whole, and changes nothing', () => {
    for (const permission of PERMISSIONS) expect(may('tenant', permission)).not.toBe('all');
    for (const permission of writes) expect(may('tenant', permission)).toBeUndefined();
  });

  test('only a tenant is held to what is their own', () => {
    for (const role of ROLES.filter((each) => each !== 'tenant'))
      for (const permission of PERMISSIONS) expect(may(role, permission)).not.toBe('own');
  });

  test('an owner may what a manager may, who may what staff may', () => {
    for (const [above, below] of [
      ['owner', 'manager'],
      ['manager', 'staff'],
    ] as const)
      for (const permission of PERMISSIONS)
        if (may(below, permission)) expect(may(above, permission), permission).toBe('all');
  });

  test('the platform is the platform’s, and how people live is not', () => {
    for (const permission of ['platform.operate', 'organisations.manage'] as const)
      expect(ROLES.filter((role) => may(role, permission))).toEqual(['platform_admin']);
    for (const permission of ['leases.read', 'usage.read', 'readings.read', 'keys.manage'] as const)
      expect(may('platform_admin', permission)).toBeUndefined();
  });

  test.each([
    ['technician', 'gateways.manage', 'all'],
    ['technician', 'readings.write', 'all'],
    ['technician', 'leases.read', undefined],
    ['technician', 'people.read', undefined],
    ['staff', 'leases.manage', 'all'],
    ['staff', 'readings.correct', undefined],
    ['manager', 'organisation.manage', undefined],
    ['tenant', 'usage.read', 'own'],
    ['tenant', 'people.read', undefined],
    ['auditor', 'audit.read', 'all'],
  ] as const)('%s, %s: %s', (role, permission, extent) => {
    expect(may(role, permission)).toBe(extent);
  });

  test('knows its own words only', () => {
    expect(isRole('owner')).toBe(true);
    expect(isRole('root')).toBe(false);
    expect(isPermission('usage.read')).toBe(true);
    for (const odd of ['toString', '__proto__', '', 'usage.read:own']) expect(isPermission(odd)).toBe(false);
  });
});

describe('several roles', () => {
  test('add up, and a whole outweighs a part', () => {
    expect(accessOf(['tenant']).get('usage.read')).toBe('own');
    expect(accessOf(['tenant', 'staff']).get('usage.read')).toBe('all');
    expect(accessOf(['technician', 'tenant']).get('leases.read')).toBe('own');
    expect(accessOf([]).size).toBe(0);
  });

  test('never have less than one of them, nor anything that none has', () => {
    fc.assert(
      fc.property(roles, (some) => {
        const access = accessOf(some);
        for (const permission of PERMISSIONS) {
          const each = some.map((role) => may(role, permission));
          expect(access.get(permission) !== undefined).toBe(each.some((extent) => extent !== undefined));
          expect(access.get(permission) === 'all').toBe(each.includes('all'));
        }
      }),
    );
  });

  test('are the same in any order', () => {
    fc.assert(
      fc.property(roles, (some) => {
        expect(accessText(accessOf([...some].reverse()))).toBe(accessText(accessOf(some)));
      }),
    );
  });
});

test('the database is told in words without a space or a quote', () => {
  expect(accessText(accessOf(['tenant']))).toBe(
    'leases.read:own meters.read:own organisation.read:own places.read:own readings.read:own usage.read:own',
  );
  for (const role of ROLES)
    for (const word of accessText(accessOf([role])).split(' '))
      expect(word).toMatch(/^[a-z]+\.[a-z]+(:own)?$/);
  expect(accessText(new Map() as Access)).toBe('');
});

test('a key has its scopes and nothing else', () => {
  expect([...accessOfScopes(['usage.read', 'meters.read'])]).toEqual([
    ['usage.read', 'all'],
    ['meters.read', 'all'],
  ]);
});

describe('who gives roles', () => {
  test.each([
    [['owner'], ['owner', 'manager'], true],
    [['owner'], ['platform_admin'], false],
    [['manager'], ['staff', 'tenant'], true],
    [['manager'], ['manager'], false],
    [['manager'], ['owner'], false],
    [['staff'], ['tenant'], true],
    [['staff'], ['tenant', 'staff'], false],
    [['technician', 'auditor', 'tenant'], ['tenant'], false],
    [['platform_admin'], ['platform_admin', 'owner'], true],
    [[], ['tenant'], false],
  ] as [Role[], Role[], boolean][])('%j gives %j: %s', (own, given, allowed) => {
    expect(mayGrant(own, given)).toBe(allowed);
  });

  test('nobody comes to more than the giver has', () => {
    for (const giver of ROLES.filter((role) => role !== 'platform_admin'))
      for (const given of MAY_GRANT[giver])
        for (const [permission, extent] of accessOf([given]))
          if (extent === 'all')
            expect(accessOf([giver]).get(permission), `${giver} ${permission}`).toBe('all');
  });

  test('whoever may grant may also invite', () => {
    for (const role of ROLES) if (MAY_GRANT[role].length > 0) expect(may(role, 'people.invite')).toBe('all');
  });
});

describe('who may let somebody set a new password', () => {
  test.each([
    ['a manager, of a tenant here', ['manager'], { roles: ['tenant'], elsewhere: false }, true],
    [
      'a manager, of a tenant who is somebody elsewhere',
      ['manager'],
      { roles: ['tenant'], elsewhere: true },
      false,
    ],
    ['a manager, of an owner', ['manager'], { roles: ['owner'], elsewhere: false }, false],
    [
      'a manager, of an owner who is a tenant too',
      ['manager'],
      { roles: ['tenant', 'owner'], elsewhere: false },
      false,
    ],
    ['an owner, of an owner', ['owner'], { roles: ['owner'], elsewhere: false }, true],
    ['an owner, of a stranger', ['owner'], { roles: [], elsewhere: false }, false],
  ] as [string, Role[], { roles: Role[]; elsewhere: boolean }, boolean][])(
    '%s',
    (_who, own, person, allowed) => {
      expect(mayReset(own, person)).toBe(allowed);
    },
  );
});

describe('what falls when somebody comes to hold less', () => {
  const made = (roles: Role[]) => ({ roles, made: true, addressed: false });
  const addressed = (roles: Role[]) => ({ roles, made: false, addressed: true });
  const both = (roles: Role[]) => ({ roles, made: true, addressed: true });
  test.each([
    ['made by who is nobody any more', made(['tenant']), [], [], 'made'],
    ['made by an owner who is a manager now', made(['manager']), ['manager'], [], 'made'],
    ['which a manager may give as well', made(['staff']), ['manager'], [], undefined],
    ['of which one role is too much', made(['staff', 'owner']), ['manager'], [], 'made'],
    ['made by the platform’s people', made(['owner']), [], ['platform_admin'], undefined],
    ['for who is nobody any more', addressed(['tenant']), [], [], 'addressed'],
    ['that would give back what was taken', addressed(['owner']), ['manager'], [], 'addressed'],
    ['that gives what they have', addressed(['manager']), ['manager'], [], undefined],
    ['made by and for the same', both(['owner']), ['owner'], [], undefined],
    ['made by and for one who was dismissed', both(['owner']), [], [], 'made'],
  ] as [string, ReturnType<typeof made>, Role[], Role[], string | undefined][])(
    'an invitation %s',
    (_which, invitation, here, everywhere, falls) => {
      expect(invitationFalls(invitation, { here, everywhere })).toBe(falls);
    },
  );

  test('a key of whoever may make none, or not that', () => {
    const scopes: Permission[] = ['gateways.read'];
    expect(beyondKeys('all', scopes)).toBeUndefined();
    for (const role of ROLES)
      expect(beyondKeys(accessOf([role]), scopes) === undefined, role).toBe(
        ['owner', 'manager'].includes(role),
      );
    expect(beyondKeys(accessOf(['manager']), [...scopes, 'people.manage'])).toBe('people.manage');
    // A word that was a permission once.
    expect(beyondKeys('all', ['gateways.paint'])).toBe('gateways.paint');
  });
});

test('owners and the platform need a second factor, whatever else they are', () => {
  expect(ROLES.filter((role) => demandsSecondFactor([role]))).toEqual(['platform_admin', 'owner']);
  expect(demandsSecondFactor(['tenant', 'owner'])).toBe(true);
  expect(demandsSecondFactor([])).toBe(false);
});
