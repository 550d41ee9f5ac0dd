export type DependencyState = 'up' | 'degraded' | 'down';

/** Why a dependency is not well, for a page to say in the language of its reader. */
export interface Reason {
  readonly code: ReasonCode;
  /** Of events, or of seconds, as the code says. */
  readonly count?: number;
}

export type ReasonCode =
  | 'events_failed'
  | 'events_late_seconds'
  | 'seals_late_seconds'
  | 'files_not_storable'
  | 'schema_not_of_this_version'
  | 'no_answer'
  | 'unreachable';

export interface DependencyReport {
  readonly state: DependencyState;
  /** A few words for the operator, without addresses or credentials: anybody may read them. */
  readonly detail?: string | undefined;
  /** Of a state that is not `up`. */
  readonly reasons?: readonly Reason[];
}

export interface Dependency {
  readonly name: string;
  check(): Promise<DependencyReport>;
}

export interface NamedReport extends DependencyReport {
  readonly name: string;
  readonly milliseconds: number;
}

export interface ReadinessReport {
  readonly ready: boolean;
  readonly draining: boolean;
  readonly dependencies: readonly NamedReport[];
}

const CHECK_TIMEOUT_MS = 2_000;
/** Anybody may ask, so asking often must not turn into load on the database. */
const FRESH_MS = 1_000;

/** Whether this process should get requests: every dependency answers, and it is neither starting nor stopping. */
export class Readiness {
  readonly #dependencies: readonly Dependency[];
  readonly #monotonicMs: () => number;
  #draining = false;
  #last: { at: number; report: Promise<readonly NamedReport[]> } | undefined;

  constructor(dependencies: readonly Dependency[], monotonicMs: () => number) {
    this.#dependencies = dependencies;
    this.#monotonicMs = monotonicMs;
  }

  drain(): void {
    this.#draining = true;
  }

  get draining(): boolean {
    return this.#draining;
  }

  async report(): Promise<ReadinessReport> {
    const dependencies = await this.#dependencyReports();
    const allUp = dependencies.every((dependency) => dependency.state !== 'down');
    return { ready: allUp && !this.#draining, draining: this.#draining, dependencies };
  }

  #dependencyReports(): Promise<readonly NamedReport[]> {
    const now = this.#monotonicMs();
    if (this.#last && now - this.#last.at < FRESH_MS) return this.#last.report;
    const report = Promise.all(this.#dependencies.map((dependency) => this.#check(dependency)));
    this.#last = { at: now, report };
    return report;
  }

  async #check(dependency: Dependency): Promise<NamedReport> {
    const started = this.#monotonicMs();
    const report = await settle(dependency);
    return { name: dependency.name, ...report, milliseconds: Math.round(this.#monotonicMs() - started) };
  }
}

async function settle(dependency: Dependency): Promise<DependencyReport> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DependencyReport>((resolve) => {
    timer = setTimeout(
      () =>
        resolve({
          state: 'down',
          detail: `no answer within ${CHECK_TIMEOUT_MS} ms`,
          reasons: [{ code: 'no_answer' }],
        }),
      CHECK_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([Promise.resolve().then(() => dependency.check()), late]);
  } catch (error) {
    // The code only: messages of drivers hold addresses and user names.
    const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
    return { state: 'down', detail: `unreachable${code}`, reasons: [{ code: 'unreachable' }] };
  } finally {
    clearTimeout(timer);
  }
}
