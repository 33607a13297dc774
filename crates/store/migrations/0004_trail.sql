-- The trail becomes tamper-evident: every accepted event, rejection and decision is an entry of a hash chain (keshi-trail says
-- how). The read model is emptied, since its rows get entries only when they are projected: the projector fills it from the log.
truncate projection_1.repeat, projection_1.rejected, projection_1.trainee, projection_1.course_record,
    projection_1.completion, projection_1.flag, projection_1.checkpoint;
drop table projection_1.identity, projection_1.trail;

-- Who said what once: (trainee, platform, id) is unique for ever. A unique key cannot span tables cut by time, so identities stand
-- in a narrow table of their own, cut by trainee: eight smaller trees stay in memory longer, and can be placed apart.
create table projection_1.identity (
    trainee text not null,
    platform text not null,
    id bytea not null,            -- UTF-8; may hold what text may not
    seq bigint not null,
    primary key (trainee, platform, id)
) partition by hash (trainee);
create table projection_1.identity_0 partition of projection_1.identity for values with (modulus 8, remainder 0);
create table projection_1.identity_1 partition of projection_1.identity for values with (modulus 8, remainder 1);
create table projection_1.identity_2 partition of projection_1.identity for values with (modulus 8, remainder 2);
create table projection_1.identity_3 partition of projection_1.identity for values with (modulus 8, remainder 3);
create table projection_1.identity_4 partition of projection_1.identity for values with (modulus 8, remainder 4);
create table projection_1.identity_5 partition of projection_1.identity for values with (modulus 8, remainder 5);
create table projection_1.identity_6 partition of projection_1.identity for values with (modulus 8, remainder 6);
create table projection_1.identity_7 partition of projection_1.identity for values with (modulus 8, remainder 7);

-- Every distinct accepted event, whole, in tables by month of receipt (Beijing): a month can be moved away whole, and inserting
-- goes into one small tree, however much is stored. Tables are made by keshi.trail_month when the first event of a month comes.
create table projection_1.trail (
    trainee text not null,
    seq bigint not null,
    received_at bigint not null,  -- ms since the epoch: the receipt that counts
    recorded_at bigint not null,  -- ms since the epoch: the stream's own timestamp
    subject text not null,        -- as stored
    headers text not null,        -- JSON: [[name, value], ...]
    payload bytea not null,
    entry bytea not null,         -- SHA-256: this entry of the trainee's chain
    primary key (trainee, seq, received_at)
) partition by range (received_at);

-- Makes the table for a moment of receipt in the read model of the search path, when it is missing. Gives its bounds. Beyond the
-- years in which events can lie, one table each holds what a damaged import may bring.
-- Made aside and then attached: that locks out nobody who reads or writes the other months.
create function keshi.trail_month(received_at bigint, out from_ms bigint, out to_ms bigint) language plpgsql as $$
declare
    of_month timestamp;
    name text;
    range text;
begin
    from_ms := -9223372036854775808;
    to_ms := 9223372036854775807;
    if received_at < 946656000000 then -- 2000-01-01T00:00+08:00
        name := 'trail_before_2000';
        to_ms := 946656000000;
        range := format('from (minvalue) to (%s)', to_ms);
    elsif received_at >= 4133952000000 then -- 2100-12-31T16:00Z
        name := 'trail_from_2101';
        from_ms := 4133952000000;
        range := format('from (%s) to (maxvalue)', from_ms);
    else
        of_month := date_trunc('month', timestamp 'epoch' + (received_at + 28800000) * interval '1 millisecond');
        name := to_char(of_month, '"trail_"YYYY"_"MM');
        from_ms := (extract(epoch from of_month) * 1000)::bigint - 28800000;
        to_ms := (extract(epoch from of_month + interval '1 month') * 1000)::bigint - 28800000;
        range := format('from (%s) to (%s)', from_ms, to_ms);
    end if;
    perform pg_advisory_xact_lock(118072463026434); -- one maker at a time
    if to_regclass(format('%I.%I', current_schema(), name)) is null then
        execute format('create table %I (like trail including all)', name);
        execute format('alter table trail attach partition %I for values %s', name, range);
    end if;
end $$;

alter table projection_1.rejected add column entry bytea not null; -- SHA-256: this entry of the partition's chain of rejections
alter table projection_1.trainee
    add column entries bigint not null, -- of the trainee's chain
    add column head bytea not null;     -- its last entry
alter table projection_1.checkpoint
    add column rejected bigint not null,     -- entries of the partition's chain of rejections
    add column rejected_head bytea not null; -- its last entry

-- The register's chain; what was recorded before is linked here, with the formula that keshi-trail documents.
alter table keshi.register add column entry bytea; -- SHA-256
alter table keshi.register disable trigger register_is_append_only;
do $$
declare
    previous bytea := sha256('register');
    one record;
begin
    for one in
        select number, kind, key, who, why, body::text as body, (extract(epoch from recorded_at) * 1000000)::bigint as recorded_at_us
        from keshi.register order by number
    loop
        previous := sha256('\x03'::bytea || previous || int8send(one.number) || int8send(one.recorded_at_us)
            || (select string_agg(int8send(octet_length(convert_to(t, 'UTF8'))) || convert_to(t, 'UTF8'), ''::bytea order by n)
                from unnest(array[one.kind, one.key, one.who, one.why, one.body]) with ordinality as texts(t, n) where t is not null));
        update keshi.register set entry = previous where number = one.number;
    end loop;
end $$;
alter table keshi.register enable trigger register_is_append_only;
alter table keshi.register alter column entry set not null;
