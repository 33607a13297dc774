-- While a backlog is projected, events, rejections and repeats are written with their checkpoint, and what is worked out of them
-- (standings, boards, completions) for many batches at once. `saved` says up to where all of the latter hold; a projector that
-- takes a partition over catches up from the trail with what lies between.
alter table projection_1.checkpoint add column saved bigint not null default 0;
update projection_1.checkpoint set saved = seq;
alter table projection_1.checkpoint alter column saved drop default;

-- Finds what lies behind a sequence: a few bytes for each megabyte of the trail, since rows come in the order of their sequence.
create index trail_by_seq on projection_1.trail using brin (seq) with (autosummarize = on);

-- As before; of the new model everything is saved up to where the live one was.
create or replace function keshi.switch_read_model(model text, target text, was text, version int) returns void language plpgsql as $$
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
        'update %2$I.checkpoint n set seq = l.seq, saved = l.seq, message_hash = l.message_hash, epoch = l.epoch + 1
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
