import { accessOf, beyondKeys, invitationFalls } from './domain/access.ts';
import type { Role } from './domain/permissions.ts';
import type { By, IdentityParts } from './identity.types.ts';
import { type IdentityTx, tell } from './identity-change.ts';
import { membersStore } from './members.store.ts';

/** What fell with somebody's roles, by id. */
export interface TakenBack {
  readonly invitations: readonly string[];
  readonly keys: readonly string[];
}

const WHY = {
  made: 'whoever made it may no longer give it',
  addressed: 'it was for somebody whose roles were taken',
} as const;

/**
 * In the transaction in which somebody's roles change, after they did: invitations and API keys that they answer for and
 * could not make now open nothing any more, and an invitation that is for them gives back nothing of what was taken.
 */
export async function takeBack(
  parts: Pick<IdentityParts, 'clock'>,
  tx: IdentityTx,
  person: string,
  here: readonly Role[],
): Promise<TakenBack> {
  const store = tx.bind(membersStore);
  const now = parts.clock.now();
  const everywhere = (await store.rolesHere(person)).filter((role) => role === 'platform_admin');
  const taken = { invitations: [] as string[], keys: [] as string[] };
  for (const invitation of await store.openInvitations(person)) {
    const why = invitationFalls(invitation, { here, everywhere });
    if (why === undefined) continue;
    await store.revokeInvitation(invitation.id, now);
    const subject = { type: 'invitation', id: invitation.id };
    await tell(tx, { action: 'invitation.revoked', subject, reason: WHY[why] });
    taken.invitations.push(invitation.id);
  }
  const access = accessOf([...here, ...everywhere]);
  for (const { id, scopes } of await store.apiKeysOf(person)) {
    if (beyondKeys(access, scopes) === undefined) continue;
    await store.revokeApiKey(id, now);
    await tell(tx, { action: 'api_key.revoked', subject: { type: 'api_key', id }, reason: WHY.made });
    taken.keys.push(id);
  }
  return taken;
}

/** Whoever may take roles takes what was made with them, also where they could not have made it themselves. */
export const mayTakeBack = <Who extends By>(by: Who): Who =>
  by.may === undefined || by.may === '*' ? by : { ...by, may: `${by.may} people.invite keys.manage` };
