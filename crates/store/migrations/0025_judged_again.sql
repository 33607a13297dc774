-- Claims are judged again when what they rest on changes: drafts are redrawn, further claims get an adjustment.

-- A referral is a record of its own: its trade and level stay, whatever becomes of the certificate.
alter table keshi.referral add column specialty text, add column level text, add column pack text not null default '';
create trigger referral_is_append_only before update or delete or truncate on keshi.referral
    for each statement execute function keshi.refuse_change();

-- A certificate funds one claim that asks for money; one that was rejected or withdrawn leaves it to the right scheme.
drop index keshi.one_claim_per_certificate;
create unique index one_claim_per_certificate on keshi.claim (certificate)
    where certificate is not null and state not in ('rejected', 'withdrawn');
-- A certificate's number is one person's; looked up at every import.
create index registry_by_certificate on keshi.registry ((body ->> 'certificate')) where kind = 'certificate';

-- What the record showed of the study when the claim was judged last: another print, and it is judged again.
alter table keshi.claim add column seen text not null default '';
update keshi.claim set seen = fingerprint;

-- Trainees whose claims are to be judged again.
create table keshi.to_judge (trainee text primary key);

-- Up to where all that is worked out of events held (checkpoint.saved) when settlement compared claims with it last: behind that, nothing is compared.
create table keshi.settled_mark (
    partition smallint primary key,
    seq bigint not null,
    stream_created_at text not null,
    register_number bigint not null
);
insert into keshi.settled_mark (partition, seq, stream_created_at, register_number)
    select partition, saved, stream_created_at, register_number from projection_1.checkpoint;

-- Adjustments in the order in which they were found; the last one says how the claim differs now. Without a hold: no more.
alter table keshi.adjustment drop constraint adjustment_pkey;
alter table keshi.adjustment
    add column number bigint generated always as identity primary key,
    add column holds boolean not null default true;
create index adjustment_by_claim on keshi.adjustment (claim, number);
create trigger adjustment_is_append_only before update or delete or truncate on keshi.adjustment
    for each statement execute function keshi.refuse_change();

-- Drafts and returned claims that were drawn anew by the facts of then; a claim asks for what its last one says.
create table keshi.redraft (
    claim uuid not null references keshi.claim,
    number int not null,
    amount_yuan numeric(14, 2) not null,
    why text not null,
    at timestamptz not null,
    hash bytea not null,          -- of the redraft before, or else of none, and this one
    primary key (claim, number)
);
create trigger redraft_is_append_only before update or delete or truncate on keshi.redraft
    for each statement execute function keshi.refuse_change();
