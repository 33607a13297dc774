-- Personal data is sealed: a key per trainee, wrapped by a key of the master key; looked up by keyed hashes.
-- Rows written in the clear by an earlier version are sealed by `keshi migrate` or `keshi up`, and removed here then.
alter table keshi.person rename to person_in_the_clear;

create table keshi.vault (
    only_row boolean primary key default true check (only_row),
    fingerprint bytea not null    -- of the master key under which this database is sealed
);

create table keshi.person (
    trainee text primary key,
    key bytea,                    -- wrapped; none: forgotten
    name bytea,
    id_number bytea,
    phone bytea,
    name_hash bytea,
    surname_hash bytea,
    id_number_hash bytea,
    phone_hash bytea,
    forgotten_at timestamptz,
    constraint forgotten_is_gone check (
        forgotten_at is null
        or coalesce(key, name, id_number, phone, name_hash, surname_hash, id_number_hash, phone_hash) is null)
);
create index person_by_name_hash on keshi.person (name_hash) where name_hash is not null;
create index person_by_surname_hash on keshi.person (surname_hash) where surname_hash is not null;
create index person_by_id_number_hash on keshi.person (id_number_hash) where id_number_hash is not null;
create index person_by_phone_hash on keshi.person (phone_hash) where phone_hash is not null;

-- Whose people and courses they are.
create index registry_by_district on keshi.registry ((body ->> 'district')) where kind = 'trainee';
create index registry_by_provider on keshi.registry ((body ->> 'provider')) where kind = 'course';
