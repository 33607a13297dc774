-- The switch to a rebuilt read model needs every table of the live one to itself for a moment, and asks for each so shortly that no
-- reader is ever in its way. A vacuum that the server runs by itself gives way to nobody who asks for so short a time, and that of
-- a large table takes minutes. This lock is in the way of vacuums alone: whoever waits for it has them called back, and while it
-- is held none begins.
create function keshi.keep_vacuum_away(model text) returns void language plpgsql as $$
declare
    t record;
begin
    for t in
        select c.relname as name from pg_class c where c.relnamespace = model::regnamespace and c.relkind in ('r', 'p')
        order by c.relname
    loop
        execute format('lock table only %I.%I in share update exclusive mode', model, t.name);
    end loop;
end $$;
