-- Signed checkpoints: what stood at one moment, for others to keep. Only ever added to.
create table keshi.signed_checkpoint (
    number bigint primary key check (number > 0),
    statement text not null, -- JSON, byte for byte as it was signed
    key text not null,       -- Ed25519 public key, hexadecimal
    signature text not null, -- over the statement, hexadecimal
    signed_at timestamptz not null default now()
);
create trigger signed_checkpoint_is_append_only before update or delete or truncate on keshi.signed_checkpoint
    for each statement execute function keshi.refuse_change();

-- What the continuous verification of a small sample has seen; one row.
create table keshi.verification (
    only_row boolean primary key default true check (only_row),
    trainees bigint not null default 0,
    entries bigint not null default 0,
    differences bigint not null default 0,
    verified_at timestamptz,
    last_difference text,
    last_difference_at timestamptz
);
insert into keshi.verification default values;
