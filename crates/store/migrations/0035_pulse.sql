-- How many messages the log held of each platform, about once a minute and for a day: what lies between two lines came meanwhile.
-- The platform '' stands for all of them, so that a minute in which nobody sent anything is told from one that nobody looked at.
create table keshi.pulse (
    minute bigint not null,       -- minutes since the epoch; one line each, whoever looks
    platform text not null,
    at_ms bigint not null,        -- the moment of the look
    messages bigint not null,
    primary key (minute, platform)
);

-- How long the transactions of the projectors' batches took, counted by bound, since the database was made.
create table keshi.batch_time (
    only_row boolean primary key default true check (only_row),
    batches bigint[] not null,    -- within each bound (keshi-store, BATCH_BOUNDS_MS) but beyond the one before; the last: beyond all
    micros bigint not null        -- all together
);
insert into keshi.batch_time (batches, micros) values ('{0,0,0,0,0,0,0,0,0,0,0}', 0);

-- Whose a trainee or a course is, as scopes ask it.
create view keshi.resident as
    select key as trainee, body ->> 'district' as district from keshi.registry where kind = 'trainee';
create view keshi.offered as
    select key as course, body ->> 'provider' as provider from keshi.registry where kind = 'course';
