import { createHash } from 'node:crypto';

export const DOCUMENT_KINDS = ['privacy', 'terms'] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];

export const LOCALES = ['th', 'en', 'id'] as const;
export type Locale = (typeof LOCALES)[number];

export interface DocumentText {
  readonly title: string;
  readonly text: string;
}
export type DocumentTexts = { readonly [Each in Locale]?: DocumentText | undefined };

/** SHA-256 over the texts in the order of LOCALES: whoever agreed can show what it was that they agreed to. */
export function documentDigest(texts: DocumentTexts): string {
  const hash = createHash('sha256');
  for (const locale of LOCALES) {
    const each = texts[locale];
    if (each) hash.update(JSON.stringify([locale, each.title, each.text])).update('\n');
  }
  return hash.digest('hex');
}

/** In the language that was asked for; else in the first that there is. */
export function textIn(
  texts: DocumentTexts,
  locale: Locale,
): (DocumentText & { locale: Locale }) | undefined {
  const found = [locale, ...LOCALES].find((each) => texts[each] !== undefined);
  const text = found && texts[found];
  return found && text && { ...text, locale: found };
}
