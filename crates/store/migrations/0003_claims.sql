-- What is owed. A claim's identity is (scheme, trainee, course): drafting it twice gives the one claim.
create table keshi.claim (
    claim uuid primary key,
    scheme text not null,
    trainee text not null,
    course text not null,         -- escaped
    provider text not null,
    state text not null,
    amount_yuan numeric(14, 2) not null check (amount_yuan >= 0),
    pack text not null,
    pack_sha256 text not null,
    derivation text not null,     -- JSON: rule by rule, with the facts used
    drafted_at timestamptz not null default now(),
    constraint one_claim_per_study unique (scheme, trainee, course)
);
create index claim_by_state on keshi.claim (state, drafted_at);

-- Every step of a claim; the present state is a fold of it.
create table keshi.claim_step (
    claim uuid not null references keshi.claim,
    number int not null,
    step text not null,
    from_state text,
    to_state text not null,
    who text not null,
    why text not null,
    at timestamptz not null default now(),
    primary key (claim, number)
);
create trigger claim_step_is_append_only before update or delete or truncate on keshi.claim_step
    for each statement execute function keshi.refuse_change();

-- Completions that made no claim (yet): what they wait for, or which rule stands against them.
create table keshi.unclaimed (
    scheme text not null,
    trainee text not null,
    course text not null,         -- escaped
    verdict text not null check (verdict in ('waits', 'refused')),
    derivation text not null,
    noted_at timestamptz not null default now(),
    primary key (scheme, trainee, course)
);
