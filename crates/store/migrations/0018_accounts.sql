-- Who may act, and who looked at whom.
create table keshi.account (
    name text primary key,
    role text not null check (role in ('provider', 'district', 'city', 'finance', 'auditor', 'admin')),
    scope text,                   -- a provider's id, or a district
    password_hash text not null,  -- Argon2id, PHC string
    failures int not null default 0, -- attempts since the last good one
    locked_until timestamptz,
    disabled_at timestamptz,
    made_by text not null,
    made_at timestamptz not null default now(),
    constraint scope_fits_role check (
        case when role in ('provider', 'district') then scope is not null
             when role = 'finance' then true
             else scope is null end)
);

-- Tokens of programs: 256 random bits, stored as SHA-256.
create table keshi.api_token (
    token uuid primary key,
    account text not null references keshi.account,
    hash bytea not null unique,
    label text not null,
    acts boolean not null,        -- may take part in commands that decide; the API is read-only for every token
    made_at timestamptz not null default now(),
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index api_token_by_account on keshi.api_token (account, made_at);

-- Sessions of browsers, by the SHA-256 of their cookie.
create table keshi.session (
    hash bytea primary key,
    account text not null references keshi.account,
    opened_at timestamptz not null default now(),
    seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index session_by_account on keshi.session (account);
create index session_by_expiry on keshi.session (expires_at);

-- Who looked at whom, and what was decided over accounts and people.
create table keshi.audit (
    number bigint generated always as identity primary key,
    at timestamptz not null default now(),
    who text not null,
    role text,
    action text not null,         -- a stable word, such as record.view
    subject text,                 -- whom or what it was about
    why text,                     -- the reason that was given, where one must be
    address text                  -- where it came from
);
create index audit_by_subject on keshi.audit (subject, number);
create index audit_by_who on keshi.audit (who, number);
create trigger audit_is_append_only before update or delete or truncate on keshi.audit
    for each statement execute function keshi.refuse_change();
