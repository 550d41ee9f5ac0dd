/** Files made from code: written here, committed, and compared in the tests. */
interface Generator {
  /** Everything in these folders is generated: what is no longer made is removed. */
  readonly owns?: readonly string[];
  readonly files: () => Promise<Map<string, string | Uint8Array>>;
}
