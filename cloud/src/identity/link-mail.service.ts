import type { Mailer } from '../platform/mail/index.ts';
import type { AccountService } from './account.service.ts';
import { linkLetter } from './domain/link-letter.ts';
import type { By } from './identity.types.ts';
import type { PeopleService } from './people.service.ts';

export interface LinkMailParts {
  readonly account: AccountService;
  readonly people: PeopleService;
  readonly mailer: Mailer;
}

/** What is to be sent: a link of a person, or the invitation of an organisation. Ids only. */
export type LinkToMail =
  | { readonly person: string; readonly link: string }
  | { readonly organisation: string; readonly invitation: string };

const BY: By = { actor: { kind: 'system', id: 'link mail' } };

/** Sends links to e-mail addresses. A link is made when it is sent: tried again, it is another, and the first is void. */
export class LinkMailService {
  readonly #parts: LinkMailParts;

  constructor(parts: LinkMailParts) {
    this.#parts = parts;
  }

  /** To how many addresses: none when the link was used or taken back meanwhile, or there is only a phone. */
  async send(wanted: LinkToMail): Promise<number> {
    const { account, people, mailer } = this.#parts;
    const found =
      'person' in wanted
        ? await account.linkForSending(wanted.person, wanted.link, BY)
        : await people.invitationForSending(wanted.organisation, wanted.invitation, BY);
    const addresses = found?.to.filter(({ kind }) => kind === 'email') ?? [];
    for (const { value: to } of addresses)
      if (found) await mailer.send({ to, ...linkLetter(found.purpose, found.locales, found.address) });
    return addresses.length;
  }
}
