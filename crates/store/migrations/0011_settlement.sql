-- The whole notice: claims that rest on a course or a certificate, their steps with rights, holds, adjustments, books.

-- A claim's identity is (scheme, trainee, course or certificate).
alter table keshi.claim
    add column subject text,              -- course/<escaped id> or certificate/<number>
    add column certificate text,
    add column specialty text,
    add column level text,
    add column district text not null default '',   -- who pays
    add column payee text,                -- a provider; null: the trainee
    add column sheet text not null default '{}',    -- JSON: what a roster shows, as it stood at drafting
    add column fingerprint text not null default '', -- of the completion that it rests on
    add column completed_on date,         -- the completion's or the certificate's day: a roster's period
    add column published_on date,
    add column approval_from date;        -- first day on which the city may decide, while publicised
update keshi.claim set subject = 'course/' || course;
alter table keshi.claim alter column subject set not null;
alter table keshi.claim drop constraint one_claim_per_study;
alter table keshi.claim add constraint one_claim_per_identity unique (scheme, trainee, subject);
-- A certificate is one person's, and funds one claim.
create unique index one_claim_per_certificate on keshi.claim (certificate) where certificate is not null;
create index claim_by_study on keshi.claim (trainee, subject);
create index claim_by_roster on keshi.claim (scheme, provider, district, completed_on);

-- The history of a claim is chained: SHA-256(previous hash, step).
alter table keshi.claim_step add column amount_yuan numeric(14, 2), add column hash bytea;
create function keshi.step_hash(previous bytea, claim uuid, number int, step text, from_state text, to_state text,
                                who text, why text, amount numeric, at timestamptz) returns bytea language sql stable as $$
    select sha256(coalesce(previous, ''::bytea) || convert_to(jsonb_build_array(claim, number, step, from_state, to_state,
        who, why, amount, (extract(epoch from at) * 1000000)::bigint)::text, 'UTF8'))
$$;

-- Why a study or certificate makes no claim (yet). Stale: something that it rests on has changed.
drop table keshi.unclaimed;
create table keshi.unclaimed (
    trainee text not null,
    subject text not null,
    course text not null,         -- escaped; empty without one
    scheme text not null,
    verdict text not null check (verdict in ('waits', 'refused', 'referred')),
    derivation text not null,
    fingerprint text not null,
    stale boolean not null default false,
    noted_at timestamptz not null default now(),
    primary key (trainee, subject)
);

-- Referrals to the social-insurance agency (四(三)): kept, whatever becomes of the certificate afterwards.
create table keshi.referral (
    trainee text not null,
    subject text not null,
    derivation text not null,
    referred_at timestamptz not null default now(),
    primary key (trainee, subject)
);

-- How far settlement has followed the register, and by which packs: one row.
create table keshi.settled (
    only_row boolean primary key default true check (only_row),
    register_number bigint not null,
    packs text not null
);
insert into keshi.settled (register_number, packs) values (0, '');

-- Holds and releases, append-only: a hold stands until a later release of the same key.
create table keshi.claim_mark (
    number bigint generated always as identity primary key,
    claim uuid not null references keshi.claim,
    key text not null,            -- official, flag/<flag>, adjustment/<fingerprint>
    held boolean not null,
    who text not null,
    why text not null,
    at timestamptz not null default now()
);
create index claim_mark_by_claim on keshi.claim_mark (claim, number);
create trigger claim_mark_is_append_only before update or delete or truncate on keshi.claim_mark
    for each statement execute function keshi.refuse_change();

-- A completion that changed after its claim was drafted.
create table keshi.adjustment (
    claim uuid not null references keshi.claim,
    now_is text not null,         -- the completion's fingerprint; empty: it is gone
    was text not null,
    found_at timestamptz not null default now(),
    primary key (claim, now_is)
);

-- Double entry, per payer district. Every booking sums to zero.
create table keshi.posting (
    number bigint generated always as identity primary key,
    booking text not null,        -- what is booked once: approve/<claim>, pay/<claim>, ...
    district text not null,
    account text not null check (account in ('budget', 'obligation', 'paid', 'receivable', 'recovered')),
    claim uuid not null references keshi.claim,
    payee text,
    amount_yuan numeric(14, 2) not null,
    at timestamptz not null default now(),
    constraint booked_once unique (booking, account, claim)
);
create index posting_by_claim on keshi.posting (claim);
create index posting_by_district on keshi.posting (district, account);
create trigger posting_is_append_only before update or delete or truncate on keshi.posting
    for each statement execute function keshi.refuse_change();

create function keshi.bookings_sum_to_zero() returns trigger language plpgsql as $$
begin
    if exists (select 1 from added group by booking, district having sum(amount_yuan) <> 0) then
        raise exception 'a booking does not sum to zero' using errcode = 'KE002';
    end if;
    return null;
end $$;
create trigger bookings_sum_to_zero after insert on keshi.posting
    referencing new table as added for each statement execute function keshi.bookings_sum_to_zero();

-- Rosters: which claims were put together, once.
create table keshi.roster (
    roster uuid primary key,
    scheme text not null,
    provider text not null,
    district text not null,
    from_day date not null,
    to_day date not null,
    who text not null,
    made_at timestamptz not null default now()
);
create table keshi.roster_claim (
    claim uuid primary key references keshi.claim,
    roster uuid not null references keshi.roster,
    place int not null,
    unique (roster, place)
);
