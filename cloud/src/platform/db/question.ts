import { connect } from './connection.ts';

export interface Question {
  readonly url: string;
  readonly setting: string;
  /** One `select`. */
  readonly text: string;
  /** Under whose policies. */
  readonly organisation: string;
  readonly timeoutMs: number;
  readonly most: number;
}

export interface Reply {
  readonly columns: readonly string[];
  /** As PostgreSQL writes them, times in UTC. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly isCut: boolean;
}

const AS_WRITTEN = { getTypeParser: () => String };

/** One query of a person. A cursor takes nothing but a `select`, and its transaction writes nothing, whoever signs in. */
export async function ask(question: Question): Promise<Reply> {
  const { url, setting, organisation, timeoutMs, most } = question;
  const client = await connect({ url, setting, applicationName: 'meterline query' });
  try {
    await client.query('begin read only');
    await client.query(
      "select set_config('app.org', $1, true), set_config('statement_timeout', $2, true), set_config('timezone', 'UTC', true)",
      [organisation, String(timeoutMs)],
    );
    const text = question.text.trim().replace(/;$/, '');
    // Named, so that it is prepared: then it is one statement, whatever it holds.
    await client.query({ name: 'question', text: `declare question no scroll cursor for ${text}` });
    const { fields, rows } = await client.query<(string | null)[]>({
      text: `fetch ${most + 1} from question`,
      rowMode: 'array',
      types: AS_WRITTEN,
    });
    return { columns: fields.map(({ name }) => name), rows: rows.slice(0, most), isCut: rows.length > most };
  } finally {
    await client.end();
  }
}
