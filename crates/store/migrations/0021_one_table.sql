-- One table for what was accepted, written by COPY: an event's id stands there as a number of 64 bits (keshi-trail says how), and
-- the projector, which alone writes, knows the numbers of whomever it has in memory. Before, a second table with the ids as its
-- key cost as much as the trail itself. Rows of before have no number: a rebuild gives them one.
drop table projection_1.identity;
alter table projection_1.trail add column id_key bigint not null default 0;
alter table projection_1.trail alter column id_key drop default;
-- The numbers are read with their sequences, by trainee, out of the key alone.
alter table projection_1.trail drop constraint trail_pkey;
alter table projection_1.trail add primary key (trainee, seq, received_at) include (id_key);

-- Whom a platform ever told of: asked when a decision is about a platform. A row for each pair, written once.
create table projection_1.trainee_platform (
    platform text not null,
    trainee text not null,
    primary key (trainee, platform)
);

-- As before, without the table that is gone.
create or replace function keshi.compare_read_models(model text, target text)
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
        if t.name = 'trail' then
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
