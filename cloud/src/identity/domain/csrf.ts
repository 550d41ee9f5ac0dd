export interface RequestOrigin {
  readonly method: string;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** The addresses under which this hub is reached, as `https://meters.example.org`. */
  readonly own: readonly string[];
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * A cookie comes along with whatever page makes the request. One that changes something must say that it comes from a
 * page of ours: browsers put `Origin` on every such request, and no page can change it. Who says nothing is refused.
 */
export function comesFromUs({ method, origin, fetchSite, own }: RequestOrigin): boolean {
  if (SAFE.has(method)) return true;
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
  if (origin !== undefined) return own.includes(origin.toLowerCase());
  return fetchSite === 'same-origin';
}
