-- The registry in full: what is known of one trainee is found by the first part of its key.
create index registry_by_trainee on keshi.registry ((split_part(key, '/', 1)))
    where kind in ('trainee', 'enrolment', 'contract', 'insurance', 'evaluation', 'practical', 'certificate', 'benefit');
-- An identity-card number belongs to one trainee; looked up at every import.
create index person_by_id_number on keshi.person (id_number);
-- The versions of a course are its entries.
