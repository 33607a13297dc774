-- The read model, version 1: all of it is derived from the log and the register, and can be built anew.
create schema projection_1;

-- How far each partition is projected. The update of seq is guarded by the seq that was loaded: a second writer fails.
create table projection_1.checkpoint (
    partition smallint primary key,
    seq bigint not null,
    message_hash bytea,           -- SHA-256 of the message at seq; none before the first
    stream_created_at text not null, -- the stream's creation, as the server says it
    register_number bigint not null
);

-- Who said what once: (trainee, platform, id) is unique for ever.
create table projection_1.identity (
    trainee text not null,
    platform text not null,
    id bytea not null,            -- UTF-8; may hold what text may not
    seq bigint not null,
    primary key (trainee, platform, id)
);

-- Every distinct accepted event, whole.
create table projection_1.trail (
    trainee text not null,
    seq bigint not null,
    received_at bigint not null,  -- ms since the epoch: the receipt that counts
    recorded_at bigint not null,  -- ms since the epoch: the stream's own timestamp
    subject text not null,        -- as stored
    headers text not null,        -- JSON: [[name, value], ...]
    payload bytea not null,
    primary key (trainee, seq)
);

-- Accepted events that repeat an id.
create table projection_1.repeat (
    seq bigint primary key,
    trainee text not null,
    first_seq bigint not null,
    changed boolean not null
);

-- Events that cannot be used, whole, with the verdict that stands.
create table projection_1.rejected (
    seq bigint primary key,
    partition smallint not null,
    platform text,
    event_id text,                -- escaped, see store::text
    code text not null,
    sentence text not null,
    pointer text,
    received_at bigint not null,
    subject text not null,
    headers text not null,
    payload bytea not null
);
create index rejected_by_platform on projection_1.rejected (platform, code, seq);

-- A trainee's standing: sessions, coverage of each video, excluded time, quizzes, questions (keshi-record, Standing).
create table projection_1.trainee (
    trainee text primary key,
    partition smallint not null,
    seq bigint not null,          -- the last event that it knows
    standing bytea not null
);

-- One line of a course's board.
create table projection_1.course_record (
    course text not null,         -- escaped
    trainee text not null,
    verified_seconds bigint not null,
    unique_seconds bigint not null,
    class_hours bigint not null,
    studied boolean not null,
    assessed boolean,             -- null: the course has no assessment
    primary key (trainee, course)
);
create index course_record_by_course on projection_1.course_record (course, trainee);

create table projection_1.completion (
    trainee text not null,
    course text not null,         -- escaped
    completed_at bigint not null, -- ms since the epoch, corrected event time
    studied_at bigint not null,
    assessed_at bigint not null,
    first_counted_at bigint not null,
    evidence bigint[] not null,   -- stream sequences of the events that met the requirements
    primary key (trainee, course)
);

create table projection_1.flag (
    trainee text not null,
    flag text not null,
    level text not null,
    primary key (trainee, flag)
);
