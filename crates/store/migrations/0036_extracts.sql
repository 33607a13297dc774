-- What the rule and the checks need of an event, in few bytes beside the message: a look reads that of everybody whose trail grew.
-- Rows of before have none, and are read from the message; a rebuild gives them one.
alter table projection_1.trail add column extract bytea;
