interface KnownRoute {
  readonly method: string;
  readonly pattern: RegExp;
}

/** Remembers which addresses exist, to tell "no such address" from "not with this method". */
export class RouteTable {
  readonly #routes: KnownRoute[] = [];

  add(method: string | readonly string[], url: string): void {
    // A catch-all at the root, as static files have, says nothing about a method.
    if (url === '*' || url === '/*') return;
    const source = url
      .split('/')
      .map((part) =>
        part === '*' ? '.+' : part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/');
    for (const each of typeof method === 'string' ? [method] : method) {
      this.#routes.push({ method: each, pattern: new RegExp(`^${source}/?$`) });
    }
  }

  methodsOf(path: string): string[] {
    const methods = this.#routes.filter((route) => route.pattern.test(path)).map((route) => route.method);
    return [...new Set(methods)].sort();
  }
}
