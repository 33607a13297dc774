-- The read model is built anew beside the live one, and takes its place by a change of names: whoever reads finds tables by
-- unqualified names, and a prepared statement looks again when the schema of its search path is another one.
alter table keshi.deployment add column read_model int not null default 1; -- the version that built the live one

-- Makes empty tables like those of a model, and an outbox that keeps what the new model says until it is the live one.
create function keshi.make_read_model(model text, target text) returns void language plpgsql as $$
declare
    t record;
begin
    execute format('create schema %I', target);
    for t in
        select c.relname as name, c.relispartition as is_part, pg_get_partkeydef(c.oid) as key,
               pg_get_expr(c.relpartbound, c.oid) as bound, p.relname as parent
        from pg_class c
        left join pg_inherits i on i.inhrelid = c.oid left join pg_class p on p.oid = i.inhparent
        where c.relnamespace = model::regnamespace and c.relkind in ('r', 'p')
        order by c.relispartition, c.oid
    loop
        if t.is_part then
            execute format('create table %I.%I partition of %I.%I %s', target, t.name, target, t.parent, t.bound);
        else
            execute format('create table %I.%I (like %I.%I including all) %s', target, t.name, model, t.name,
                coalesce('partition by ' || t.key, ''));
        end if;
    end loop;
    execute format('create table %I.outbox (like keshi.outbox including all)', target);
end $$;

-- Compares two models table by table: rows, and rows that only one of them has. Of the trail and its identities the rows are
-- counted, since the heads of the chains in `trainee` speak for what they say; a standing's bytes depend on the way to it and
-- are compared as records by whoever calls.
create function keshi.compare_read_models(model text, target text)
    returns table (name text, rows_before bigint, rows_after bigint, differing bigint, examples text[]) language plpgsql as $$
declare
    t record;
    columns text;
begin
    for t in
        select c.relname as name, c.oid from pg_class c
        where c.relnamespace = model::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
          and c.relname <> 'checkpoint'
        order by c.relname
    loop
        name := t.name;
        execute format('select count(*) from %I.%I', model, t.name) into rows_before;
        execute format('select count(*) from %I.%I', target, t.name) into rows_after;
        if t.name in ('trail', 'identity') then
            differing := abs(rows_before - rows_after);
            examples := '{}';
        else
            select string_agg(quote_ident(a.attname), ', ' order by a.attnum) into columns from pg_attribute a
            where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attname <> 'standing';
            execute format(
                'with gone as (select %1$s from %2$I.%4$I except all select %1$s from %3$I.%4$I),
                      come as (select %1$s from %3$I.%4$I except all select %1$s from %2$I.%4$I),
                      both_ways as (select ''- '' || gone::text as line from gone union all select ''+ '' || come::text from come)
                 select count(*), (array_agg(left(line, 200) order by substr(line, 3), line))[1:20] from both_ways',
                columns, model, target, t.name) into differing, examples;
        end if;
        return next;
    end loop;
end $$;

-- Puts the new model in the live one's place. The caller's transaction holds the live checkpoints, so nobody writes. The old
-- checkpoints move to an epoch of nobody: a writer that waited for them writes nothing.
create function keshi.switch_read_model(model text, target text, was text, version int) returns void language plpgsql as $$
declare
    t record;
begin
    for t in
        select c.relname as name from pg_class c where c.relnamespace = model::regnamespace and c.relkind in ('r', 'p')
        order by c.relname
    loop
        execute format('lock table %I.%I in access exclusive mode', model, t.name);
    end loop;
    execute format(
        'update %2$I.checkpoint n set seq = l.seq, message_hash = l.message_hash, epoch = l.epoch + 1
         from %1$I.checkpoint l where l.partition = n.partition', model, target);
    execute format('update %I.checkpoint set epoch = -1', model);
    execute format(
        'insert into keshi.outbox (key, subject, body) select key, subject, body from %I.outbox order by number
         on conflict (key) do nothing', target);
    execute format('drop table %I.outbox', target);
    execute format('alter schema %I rename to %I', model, was);
    execute format('alter schema %I rename to %I', target, model);
    update keshi.deployment set read_model = version;
end $$;
