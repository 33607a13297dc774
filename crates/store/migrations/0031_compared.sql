-- What two people are compared by, under keys: an address, a device, a quiz, a course, a rhythm. A look reads only the keys under
-- which something changed, one after another, so neither its memory nor its work grows with all that was ever seen. All of it is
-- derived from the trail (keshi-integrity, Traces::parts).
truncate keshi.examined;
alter table keshi.examined drop column found;
alter table keshi.examined add column changes bigint not null; -- events that came again with other content
alter table keshi.examined add column times bigint not null; -- how often the trainee was examined: two looks at once do not mix
alter table keshi.examined add column parts bytea not null;  -- what stands in the tables below, as digests (postcard)

-- The law under which keys were compared last.
create table keshi.compared_law (law bytea not null);

-- What each trainee left under each key.
create table keshi.trace (
    scope smallint not null,      -- 1 address, 2 device, 3 quiz, 4 course, 5 delays, 6 beginnings
    key bigint not null,          -- 64 bits of a hash
    trainee text not null,
    body bytea not null,          -- keshi-integrity, Part (postcard)
    primary key (scope, key, trainee)
);
create index trace_of_trainee on keshi.trace (trainee, scope, key) where scope <= 3;

-- What each trainee shows of a platform's player.
create table keshi.tally (
    platform text not null,
    trainee text not null,
    long_sessions bigint not null,
    checked bigint not null,
    from_ms bigint,
    to_ms bigint,
    could_tick boolean not null,
    ticks boolean not null,
    could_repeat boolean not null,
    repeats boolean not null,
    primary key (platform, trainee)
);
create index tally_of_trainee on keshi.tally (trainee);

-- Platforms whose player itself is too regular.
create table keshi.player (
    platform text primary key,
    ticks boolean not null,
    repeats boolean not null
);

-- Keys under which something changed.
create table keshi.to_compare (
    scope smallint not null,
    key bigint not null,
    primary key (scope, key)
);

-- Addresses that are rooms or gateways.
create table keshi.room (key bigint primary key);

-- Devices whose judgement stays while all trainees are no fewer and no more than this.
create table keshi.turning (
    key bigint primary key,
    least bigint not null,
    most bigint not null
);

-- Who repeats whom.
create table keshi.link (
    scope smallint not null,
    key bigint not null,
    number integer not null,
    one text not null,
    other text not null,
    from_ms bigint not null,
    to_ms bigint not null,
    evidence bytea not null,
    primary key (scope, key, number)
);

-- What looks wrong by one judgement: a trainee's (scope 0), a key's, all platforms' (7) or all links' (8). Those of one flag make
-- one finding.
create table keshi.suspicion (
    scope smallint not null,
    key bigint not null,
    flag text not null,
    condition text not null,      -- what else must be so: '', 'share', 'tick <platform>', 'repeat <platform>'
    one text,                     -- where they must share a device or address: the two people
    other text,
    body bytea not null,          -- flags of that id (postcard)
    primary key (scope, key, flag, condition)
);
create index suspicion_of_flag on keshi.suspicion (flag);
create index suspicion_on_condition on keshi.suspicion (condition) where condition <> '' and condition <> 'share';
create index suspicion_shared_by_one on keshi.suspicion (one) where condition = 'share';
create index suspicion_shared_by_other on keshi.suspicion (other) where condition = 'share';

-- Findings to make anew.
create table keshi.to_settle (flag text primary key);

create index repeat_changed on projection_1.repeat (trainee) where changed;
