import { type CallingCode, type Contact, contactsMeant, readContact } from './domain/contact.ts';
import { checkPassword, FAULT_TEXTS } from './domain/password.ts';
import { isPermission, isRole, type Permission, type Role } from './domain/permissions.ts';
import { identityError } from './identity.errors.ts';

export const invalid = (message: string) => identityError('identity_invalid', { message });

export function nameOf(text: string, what: string): string {
  const name = text.trim().normalize('NFC');
  if (name.length < 1 || name.length > 120 || /[\p{Cc}\p{Cs}]/u.test(name))
    throw invalid(`${what} must have 1 to 120 characters, without control characters`);
  return name;
}

export function contactOf(text: string, home?: CallingCode): Contact {
  const contact = readContact(text, home);
  if (!contact.ok) throw invalid(contact.error);
  return contact.value;
}

export function passwordOf(text: string, about: readonly string[]): string {
  const password = checkPassword(text, about);
  if (!password.ok)
    throw identityError('password_weak', {
      message: FAULT_TEXTS[password.error],
      details: { fault: password.error },
    });
  return password.value;
}

export function rolesOf(list: readonly string[]): readonly Role[] {
  const roles = [...new Set(list)];
  const odd = roles.find((role) => !isRole(role));
  if (odd !== undefined) throw invalid(`"${odd.slice(0, 40)}" is no role`);
  if (roles.length === 0) throw invalid('at least one role is needed');
  return roles.filter(isRole);
}

export function scopesOf(list: readonly string[]): readonly Permission[] {
  const scopes = [...new Set(list)];
  const odd = scopes.find((scope) => !isPermission(scope));
  if (odd !== undefined) throw invalid(`"${odd.slice(0, 40)}" is no permission`);
  if (scopes.length === 0) throw invalid('at least one scope is needed');
  return scopes.filter(isPermission);
}

export function reasonOf(text: string): string {
  const reason = text.trim();
  if (reason.length < 3 || reason.length > 500 || /\p{Cc}/u.test(reason))
    throw invalid('the reason must have 3 to 500 characters, without control characters');
  return reason;
}

/** What a person calls it, or what the browser says of itself, on one short line. */
export function deviceOf(text: string | undefined): string {
  const plain = (text ?? '').replace(/[\p{Cc}\p{Cs}]+/gu, ' ').trim();
  return plain === '' ? 'unknown device' : [...plain].slice(0, 120).join('');
}

export interface Account {
  /** Whose it may be: a number without its country is of one home or another. */
  readonly contacts: readonly Contact[];
  /** Under which text tries are counted: also of what is no contact, so that it is answered like one. */
  readonly account: string;
}

export function accountOf(login: string): Account {
  const contacts = contactsMeant(login);
  const [first] = contacts;
  const account = first
    ? `${first.kind} ${first.value}`
    : `other ${login.trim().toLowerCase().slice(0, 254)}`;
  return { contacts, account };
}
