/** What the connected role is. */
export const ATTRIBUTES_SQL = `
  select session_user as name, rolsuper as super, rolbypassrls as bypass, rolcreaterole as create_role,
         rolcreatedb as create_db, rolreplication as replication
    from pg_roles where rolname = session_user`;

/** Every other role it can act as, through any number of memberships, with or without "set role". */
export const MEMBERSHIPS_SQL = `
  select rolname as name, rolsuper as super, rolbypassrls as bypass, pg_has_role(session_user, oid, 'usage') as inherited
    from pg_roles
   where rolname <> session_user and pg_has_role(session_user, oid, 'member')
   order by rolname`;

const OURS = `n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
   and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')`;

/** What it owns here, itself or through a role that it inherits: an owner is above every policy and every grant. */
export const OWNED_SQL = `
  select 'table ' || c.oid::regclass as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${OURS} and pg_has_role(session_user, c.relowner, 'usage')
  union all
  select 'schema ' || n.nspname from pg_namespace n
   where n.nspname !~ '^(pg_|information_schema$)' and pg_has_role(session_user, n.nspowner, 'usage')
  union all
  select 'database ' || d.datname from pg_database d
   where d.datname = current_database() and pg_has_role(session_user, d.datdba, 'usage')
  order by name`;

/** What it may do to each table that it may touch at all. Column grants count. `$1`: who owns the schema. */
export const PRIVILEGES_SQL = `
  select n.nspname as schema, c.relname as table, c.relrowsecurity as protected,
         pg_get_userbyid(c.relowner) = $1 as ours,
         has_table_privilege(session_user, c.oid, 'select') or has_any_column_privilege(session_user, c.oid, 'select') as "select",
         has_table_privilege(session_user, c.oid, 'insert') or has_any_column_privilege(session_user, c.oid, 'insert') as "insert",
         has_table_privilege(session_user, c.oid, 'update') or has_any_column_privilege(session_user, c.oid, 'update') as "update",
         has_table_privilege(session_user, c.oid, 'delete') as "delete",
         has_table_privilege(session_user, c.oid, 'truncate') as "truncate",
         has_table_privilege(session_user, c.oid, 'trigger') as "trigger"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'f', 'v', 'm') and ${OURS}
   order by 1, 2`;

export const CREATES_SQL = `
  select 'schema ' || n.nspname as name from pg_namespace n
   where n.nspname !~ '^(pg_|information_schema$)' and has_schema_privilege(session_user, n.oid, 'create')
  union all
  select 'database ' || current_database() where has_database_privilege(session_user, current_database(), 'create')`;
