-- What examining each trainee gave: a look judges again only those whose trail grew, or for whom the rules changed. All of it is
-- derived; it stands outside of the read model because it is true of a chain's head, whichever read model that stands in.
create table keshi.examined (
    trainee text primary key,
    head bytea not null,          -- the end of the trainee's chain up to which it is true
    entries bigint not null,      -- of the chain then
    law bytea not null,           -- SHA-256 of the limits, the courses and the checks' version
    found bytea not null,         -- flags, and traces to compare with others (postcard)
    is_settled boolean not null default false, -- a look has laid it side by side with the others'
    at timestamptz not null default now()
);
