const MASK = '[secret]';
/** A shorter text would turn up in innocent words; no accepted token or key is as short as this. */
const MIN_LENGTH = 6;

/**
 * The last line of defence: drivers put connection strings into their messages. Takes the known secrets out of
 * text in each spelling in which they could stand there.
 */
export function scrubber(secrets: readonly string[]): (text: string) => string {
  const spellings = new Set(
    secrets
      .filter((secret) => secret.length >= MIN_LENGTH)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]),
  );
  // The longest first: a URL before the password inside it.
  const ordered = [...spellings].sort((a, b) => b.length - a.length);
  return (text) => ordered.reduce((clean, spelling) => clean.replaceAll(spelling, MASK), text);
}
