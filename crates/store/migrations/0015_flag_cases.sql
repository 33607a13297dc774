-- What looks wrong, as the last look over all records found it, and what officials decided about it.
--
-- Findings are derived: each look replaces them whole. Decisions are kept for ever and name a finding by its id, which is
-- made from what it says; so they stay attached when findings are worked out anew.
create table keshi.finding (
    flag text primary key,        -- made from kind, people, Beijing date, course and platform
    kind text not null,
    level text not null check (level in ('info', 'review', 'hold')),
    people text[] not null,
    platform text,
    course text,
    from_ms bigint not null,
    to_ms bigint not null,
    chinese text not null,
    english text not null,
    evidence text not null,       -- JSON: [{"seq", "platform", "trainee", "id"}, ...]
    found_at timestamptz not null default now()
);
create index finding_by_people on keshi.finding using gin (people);

create table keshi.finding_decision (
    number bigint generated always as identity primary key,
    flag text not null,
    decision text not null check (decision in ('confirmed', 'dismissed', 'reopened')),
    who text not null,
    why text not null,
    at timestamptz not null default now()
);
create index finding_decision_by_flag on keshi.finding_decision (flag, number);
create trigger finding_decision_is_append_only before update or delete or truncate on keshi.finding_decision
    for each statement execute function keshi.refuse_change();
