/** Settings that an administrator may give a role for its everyday work; any other could switch a guard off. */
const HARMLESS_SETTINGS = `array['application_name', 'client_min_messages', 'idle_in_transaction_session_timeout',
  'idle_session_timeout', 'lock_timeout', 'log_min_duration_statement', 'log_statement', 'statement_timeout',
  'tcp_keepalives_idle', 'temp_file_limit', 'timezone', 'transaction_timeout', 'work_mem']`;

const SYSTEM = `(n.nspname ~ '^pg_(toast|temp)' or n.nspname = 'information_schema' and g.grantee = 0
  and g.privilege_type in ('SELECT', 'USAGE'))`;

/** What an object was created with by the server or by an extension: the server's business, and its extensions'. */
const INITIAL = (catalog: string, oid: string, sub = '0') => `(
  select i.initprivs from pg_init_privs i
   where i.classoid = '${catalog}'::regclass and i.objoid = ${oid} and i.objsubid = ${sub})`;

const MEMBER_OF_EXTENSION = (catalog: string, oid: string) => `exists (
  select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.deptype = 'e')`;

/** Grants of `actual` that `initial` has not, to the role or to everybody. */
const GRANTED = (actual: string, initial: string) => `
  lateral (select grantee, privilege_type, is_grantable from aclexplode(${actual})
           except select grantee, privilege_type, is_grantable from aclexplode(${initial})) g
    join who on who.oid = g.grantee`;

const SAID = "lower(g.privilege_type) || case when g.is_grantable then ' (and may grant it)' else '' end";

/** The first id of what was made after the server was set up. */
const FIRST_OWN = 16384;

/**
 * Everything that `$1` may do in this database beyond what the server gives to everybody, each as subject, object and
 * what it says. A partition counts as its table. One statement, so that it is one picture.
 */
export const PRIVILEGES_OF_SQL = `
with recursive me as (select * from pg_roles where rolname = $1),
who as (select oid, rolname::text as name from me union all select 0, 'PUBLIC'),
groups (oid, admin) as (
  select m.roleid, m.admin_option from pg_auth_members m join me on m.member = me.oid
  union
  select m.roleid, m.admin_option from pg_auth_members m join groups g on m.member = g.oid),
roots (oid, root) as (
  select c.oid, c.oid from pg_class c where not exists (select from pg_inherits i where i.inhrelid = c.oid)
  union all
  select i.inhrelid, r.root from pg_inherits i join roots r on r.oid = i.inhparent),
facts (subject, object, says) as (
  select me.rolname::text, 'role', a from me cross join lateral unnest(array_remove(array[
      case when rolsuper then 'superuser' end, case when rolbypassrls then 'bypassrls' end,
      case when rolcreaterole then 'createrole' end, case when rolcreatedb then 'createdb' end,
      case when rolreplication then 'replication' end], null)) a
  union all
  select me.rolname, 'role', 'member of ' || r.rolname || case when g.admin then ' with admin' else '' end
    from me, groups g join pg_roles r on r.oid = g.oid
  union all
  select who.name, 'settings', s from pg_db_role_setting d join who on who.oid = d.setrole
    cross join lateral unnest(d.setconfig) s
   where d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
     and lower(split_part(s, '=', 1)) <> all (${HARMLESS_SETTINGS})
  union all
  select who.name, 'parameter ' || p.parname, lower(g.privilege_type)
    from pg_parameter_acl p cross join lateral aclexplode(p.paracl) g join who on who.oid = g.grantee
  union all
  select who.name, 'database', ${SAID}
    from pg_database d cross join ${GRANTED("coalesce(d.datacl, acldefault('d', d.datdba))", 'null::aclitem[]')}
   where d.datname = current_database()
  union all
  select who.name, 'schema ' || n.nspname, ${SAID}
    from pg_namespace n cross join ${GRANTED("coalesce(n.nspacl, acldefault('n', n.nspowner))", INITIAL('pg_namespace', 'n.oid'))}
   where not ${SYSTEM}
  union all
  select who.name, 'table ' || roots.root::regclass, ${SAID}
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join roots on roots.oid = c.oid
   cross join ${GRANTED('c.relacl', INITIAL('pg_class', 'c.oid'))}
   where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and c.relacl is not null and not ${SYSTEM}
  union all
  select who.name, 'table ' || roots.root::regclass, ${SAID} || ' (' || a.attname || ')'
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join roots on roots.oid = c.oid
   cross join ${GRANTED('a.attacl', INITIAL('pg_class', 'c.oid', 'a.attnum'))}
   where a.attacl is not null and not ${SYSTEM}
  union all
  select who.name, 'function ' || p.oid::regprocedure,
         ${SAID} || case when p.prosecdef then ' (as ' || pg_get_userbyid(p.proowner) || ')' else '' end
    from pg_proc p
   cross join ${GRANTED(
     "coalesce(p.proacl, acldefault('f', p.proowner))",
     `case when p.oid < ${FIRST_OWN} or ${MEMBER_OF_EXTENSION('pg_proc', 'p.oid')}
           then coalesce(${INITIAL('pg_proc', 'p.oid')}, acldefault('f', p.proowner)) else null end`,
   )}
   where p.proacl is not null or (p.oid >= ${FIRST_OWN} and not ${MEMBER_OF_EXTENSION('pg_proc', 'p.oid')})
  union all
  select who.name, 'default of ' || pg_get_userbyid(d.defaclrole), ${SAID} || ' on ' || d.defaclobjtype::text
    from pg_default_acl d cross join ${GRANTED('d.defaclacl', 'null::aclitem[]')}
   where d.defaclrole <> all (select oid from me)
  union all
  select me.rolname, pg_describe_object(s.classid, s.objid, s.objsubid), case s.deptype when 'o' then 'owner' else 'granted' end
    from me join pg_shdepend s on s.refclassid = 'pg_authid'::regclass and s.refobjid = me.oid
   where s.dbid in (0, (select oid from pg_database where datname = current_database()))
     and (s.deptype = 'o' or (s.deptype = 'a' and s.classid <> all (array['pg_class', 'pg_proc', 'pg_namespace',
          'pg_database', 'pg_parameter_acl', 'pg_default_acl']::regclass[])))
)
select subject, object, string_agg(distinct says, ', ' order by says) as says from facts group by 1, 2
union all
select who.name, 'large objects', 'execute'
  from who where exists (select from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace
     and p.proname ~ '^(lo_.*|loread|lowrite|be_lo_.*)$'
     and has_function_privilege(case when who.oid = 0 then 'public' else who.name end, p.oid, 'execute'))`;

/** What guards the tables named in `$1`: row-level security, policies, triggers, and the functions named in `$2`. */
export const GUARDS_SQL = `
with t as (select c.oid, c.oid::regclass::text as name, c.relrowsecurity, c.relowner from pg_class c
            where c.relkind in ('r', 'p') and c.oid::regclass::text = any($1))
select 'schema' as subject, 'table ' || name as object,
       'row security ' || case when relrowsecurity then 'on' else 'off' end || ', owner ' || pg_get_userbyid(relowner) as says
  from t
union all
select 'schema', 'policy ' || p.polname || ' on ' || t.name,
       case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end
       || case when p.polpermissive then '' else ' restrictive' end
       || ' to ' || (select string_agg(case when r = 0 then 'public' else pg_get_userbyid(r)::text end, ', '
                                       order by case when r = 0 then 'public' else pg_get_userbyid(r)::text end)
                       from unnest(p.polroles) r)
       || coalesce(' using ' || regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g'), '')
       || coalesce(' check ' || regexp_replace(pg_get_expr(p.polwithcheck, p.polrelid), '\\s+', ' ', 'g'), '')
  from pg_policy p join t on t.oid = p.polrelid
union all
select 'schema', 'trigger ' || g.tgname || ' on ' || t.name,
       case g.tgenabled when 'O' then 'on' when 'A' then 'always on' when 'R' then 'on for replicas only' else 'off' end
       || ', ' || pg_get_triggerdef(g.oid)
  from pg_trigger g join t on t.oid = g.tgrelid
 where not g.tgisinternal and not exists (
   select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = g.tgfoid and d.deptype = 'e')
union all
select 'schema', 'function ' || p.oid::regprocedure,
       'owner ' || pg_get_userbyid(p.proowner) || case when p.prosecdef then ', security definer' else '' end
       || coalesce(', ' || array_to_string(p.proconfig, ' '), '')
       || ', ' || left(encode(sha256(convert_to(pg_get_functiondef(p.oid), 'UTF8')), 'hex'), 16)
  from pg_proc p where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.oid::regprocedure::text = any($2)
union all
select 'schema', 'rule ' || w.rulename || ' on ' || t.name, 'on' from pg_rewrite w join t on t.oid = w.ev_class`;
