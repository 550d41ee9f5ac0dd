import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of one piece of work carries. Fields are added as they become known, after sign-in for one. */
export interface WorkContext {
  readonly requestId: string;
  organisationId?: string;
}

const storage = new AsyncLocalStorage<WorkContext>();

export const runInContext = <T>(context: WorkContext, work: () => T): T => storage.run(context, work);

export const currentContext = (): WorkContext | undefined => storage.getStore();

/** From here on the lines of this request name the organisation that it acts for. */
export function actForOrganisation(organisationId: string): void {
  const context = storage.getStore();
  if (context) context.organisationId = organisationId;
}
