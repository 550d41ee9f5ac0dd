export interface Statement {
  readonly text: string;
  /** Line of its first word, from 1. */
  readonly line: number;
}

// What may hide a semicolon, each as one whole: line comment, quoted name, escape string, string, dollar quote's opening.
const TOKEN =
  /--[^\n]*|\/\*|"(?:[^"]|"")*"|\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$(?:[a-z_]\w*)?\$|;/giy;

/** Cuts a file into its statements, so that an error can name the line, whatever the server says about it. */
export function splitStatements(sql: string): Statement[] {
  const statements: Statement[] = [];
  let start = 0;
  for (let at = 0; at < sql.length; ) {
    const end = skipToken(sql, at);
    if (sql[at] === ';' && end === at + 1) {
      push(statements, sql, start, at);
      start = end;
    }
    at = end;
  }
  push(statements, sql, start, sql.length);
  return statements;
}

function skipToken(sql: string, at: number): number {
  // `x$1$` is a name, and `be'…'` is no escape string: both need a look at what stands before.
  if (/[\w$]/.test(sql[at - 1] ?? '') && /[\w$]/.test(sql[at] ?? '')) return at + 1;
  TOKEN.lastIndex = at;
  const token = TOKEN.exec(sql)?.[0];
  if (token === undefined) return at + 1;
  if (token === '/*') return blockCommentEnd(sql, at);
  if (!token.startsWith('$')) return at + token.length;
  const close = sql.indexOf(token, at + token.length);
  return close < 0 ? sql.length : close + token.length;
}

/** Block comments nest in PostgreSQL. */
function blockCommentEnd(sql: string, at: number): number {
  let depth = 0;
  for (let i = at; i < sql.length; ) {
    if (sql.startsWith('/*', i)) depth++;
    else if (sql.startsWith('*/', i)) depth--;
    else {
      i++;
      continue;
    }
    i += 2;
    if (depth === 0) return i;
  }
  return sql.length;
}

const LEADING = /^(?:\s+|--[^\n]*(?:\n|$))+/;

function push(statements: Statement[], sql: string, start: number, end: number): void {
  let first = start;
  let text = sql.slice(start, end);
  for (;;) {
    const leading = LEADING.exec(text)?.[0].length ?? (text.startsWith('/*') ? blockCommentEnd(text, 0) : 0);
    if (leading === 0) break;
    first += leading;
    text = text.slice(leading);
  }
  if (text.trim() === '') return;
  statements.push({ text: text.trimEnd(), line: lineAt(sql, first) });
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
