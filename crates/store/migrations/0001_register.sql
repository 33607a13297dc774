-- What officials decided, and what Keshi itself must never derive anew. Read models live in schemas of their own.
create schema keshi;

-- One row: what cannot change while the log lives.
create table keshi.deployment (
    only_row boolean primary key default true check (only_row),
    partitions smallint not null check (partitions between 1 and 256)
);

-- The register: append-only; numbers are gapless in the order of commit (taken under one advisory lock).
create table keshi.register (
    number bigint primary key check (number > 0),
    kind text not null,
    key text not null,
    body jsonb, -- null: removed
    who text not null,
    why text not null,
    recorded_at timestamptz not null default now()
);
create index register_by_key on keshi.register (kind, key, number);

-- The register folded: the last entry of each key.
create table keshi.registry (
    kind text not null,
    key text not null,
    number bigint not null references keshi.register,
    body jsonb not null,
    primary key (kind, key)
);

-- Personal data stands apart from the append-only register, so that a person can be forgotten.
create table keshi.person (
    trainee text primary key,
    name text,
    id_number text,
    phone text
);

-- Facts to publish: written in the transaction that made them true, published at least once, in order.
create table keshi.outbox (
    number bigint generated always as identity primary key,
    key text not null unique, -- also the Nats-Msg-Id: a fact is written once, whatever is projected again
    subject text not null,
    body text not null,
    created_at timestamptz not null default now(),
    published_at timestamptz
);
create index outbox_unpublished on keshi.outbox (number) where published_at is null;

create function keshi.wake() returns trigger language plpgsql as $$
begin
    perform pg_notify('keshi_' || tg_table_name, '');
    return null;
end $$;
create trigger register_wakes after insert on keshi.register for each statement execute function keshi.wake();
create trigger outbox_wakes after insert on keshi.outbox for each statement execute function keshi.wake();

-- The register and the trail of claims are only ever added to.
create function keshi.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'KE001';
end $$;
create trigger register_is_append_only before update or delete or truncate on keshi.register
    for each statement execute function keshi.refuse_change();
