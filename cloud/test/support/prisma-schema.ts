import type pg from 'pg';

export interface ColumnShape {
  readonly type: string;
  readonly nullable: boolean;
  readonly hasDefault: boolean;
}

export interface TableShape {
  readonly columns: Readonly<Record<string, ColumnShape>>;
  readonly primaryKey: readonly string[];
  /** Each as its sorted columns, joined. */
  readonly uniques: readonly string[];
}

export type Shape = Readonly<Record<string, TableShape>>;

const TYPES: Record<string, string> = {
  String: 'text',
  'String @db.Uuid': 'uuid',
  'String @db.Date': 'date',
  Int: 'integer',
  'Int @db.SmallInt': 'smallint',
  BigInt: 'bigint',
  Boolean: 'boolean',
  Json: 'jsonb',
  Bytes: 'bytea',
  'DateTime @db.Timestamptz(6)': 'timestamp with time zone',
  'DateTime @db.Date': 'date',
};

/** The tables as the Prisma schema declares them. Knows only what our schema uses, and says so otherwise. */
export function shapeOfPrisma(schema: string): Shape {
  const shape: Record<string, TableShape> = {};
  const models = [...schema.matchAll(/^model (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, name = '', body = '']) => ({
    name,
    lines: body
      .split('\n')
      .map((line) => line.replace(/\/\/.*$/, '').trim())
      .filter((line) => line !== ''),
  }));
  const names = new Set(models.map(({ name }) => name));
  for (const { name, lines } of models) {
    const table = /^@@map\("(\w+)"\)/m.exec(lines.join('\n'))?.[1] ?? name;
    shape[table] = tableOf(lines, names);
  }
  return shape;
}

function tableOf(lines: readonly string[], models: ReadonlySet<string>): TableShape {
  const fields = lines.filter((line) => !line.startsWith('@@')).map(fieldOf);
  const stored = fields.filter((field) => !models.has(field.base));
  const columnOf = (field: string) =>
    stored.find(({ name }) => name === field.trim())?.column ?? `no field ${field}`;
  const listed = (keyword: string) =>
    lines.flatMap((line) => {
      const fieldList = new RegExp(`^@@${keyword}\\(\\[([^\\]]*)\\]`).exec(line)?.[1];
      return fieldList ? [fieldList.split(',').map(columnOf)] : [];
    });
  return {
    columns: Object.fromEntries(stored.map(({ column, shape }) => [column, shape])),
    primaryKey: listed('id')[0] ?? stored.filter(({ isId }) => isId).map(({ column }) => column),
    uniques: [...listed('unique'), ...stored.filter(({ isUnique }) => isUnique).map(({ column }) => [column])]
      .map((columns) => [...columns].sort().join(','))
      .sort(),
  };
}

function fieldOf(line: string) {
  const [, name = '', base = '', list, optional, attributes = ''] =
    /^(\w+)\s+(\w+)(\[\])?(\?)?\s*(.*)$/.exec(line) ?? [];
  const native = /@db\.\w+(?:\([^)]*\))?/.exec(attributes)?.[0];
  const type =
    TYPES[native ? `${base} ${native}` : base] ??
    decimalType(base, native) ??
    `unknown: ${base} ${native ?? ''}`;
  return {
    name,
    base,
    column: /@map\("(\w+)"\)/.exec(attributes)?.[1] ?? name,
    isId: /@id\b/.test(attributes),
    isUnique: /@unique\b/.test(attributes),
    shape: {
      type: list ? `${type}[]` : type,
      nullable: optional !== undefined,
      hasDefault: /@default\(/.test(attributes),
    },
  };
}

function decimalType(base: string, native: string | undefined): string | undefined {
  const [, precision, scale] = /^@db\.Decimal\((\d+),\s*(\d+)\)$/.exec(native ?? '') ?? [];
  return base === 'Decimal' && precision ? `numeric(${precision},${scale})` : undefined;
}

/** The tables as the migrations made them. */
export async function shapeOfDatabase(
  client: pg.ClientBase | pg.Pool,
  external: readonly string[],
): Promise<Shape> {
  const { rows } = await client.query<{ name: string } & TableShape>(
    `select c.relname as name,
       (select coalesce(jsonb_object_agg(a.attname, jsonb_build_object('type', format_type(a.atttypid, a.atttypmod),
                 'nullable', not a.attnotnull, 'hasDefault', a.atthasdef or a.attidentity <> '')), '{}')
          from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
       coalesce((select jsonb_agg(a.attname order by k.n) from pg_index i
          cross join unnest(i.indkey) with ordinality as k (attnum, n)
          join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
         where i.indrelid = c.oid and i.indisprimary), '[]') as "primaryKey",
       coalesce((select jsonb_agg(u.columns order by u.columns collate "C") from (
          select string_agg(a.attname, ',' order by a.attname collate "C") as columns from pg_index i
            cross join unnest(i.indkey) as k (attnum)
            join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
           where i.indrelid = c.oid and i.indisunique and not i.indisprimary and i.indpred is null and i.indexprs is null
           group by i.indexrelid) u), '[]') as uniques
      from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
       and not ('public.' || c.relname = any($1))`,
    [external],
  );
  return Object.fromEntries(rows.map(({ name, ...table }) => [name, table]));
}

/** One line for each thing in which the two differ; both ways. */
export function drift(prisma: Shape, database: Shape): string[] {
  return keysOf(prisma, database).flatMap((table) => {
    const [ours, theirs] = [prisma[table], database[table]];
    if (!ours || !theirs) return [`${table}: only in ${ours ? 'the Prisma schema' : 'the database'}`];
    return [
      ...keysOf(ours.columns, theirs.columns).flatMap((column) =>
        differ(`${table}.${column}`, ours.columns[column], theirs.columns[column]),
      ),
      ...differ(`${table} primary key`, ours.primaryKey, theirs.primaryKey),
      ...differ(`${table} unique keys`, ours.uniques, theirs.uniques),
    ];
  });
}

const keysOf = (a: object, b: object) => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();

function differ(what: string, prisma: unknown, database: unknown): string[] {
  const text = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(ordered(value)));
  return text(prisma) === text(database)
    ? []
    : [`${what}: Prisma has ${text(prisma)}, the database ${text(database)}`];
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
