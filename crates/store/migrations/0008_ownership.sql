-- Each taking of a partition raises its epoch: whoever took it earlier writes nothing any more, wherever its seq stands.
alter table projection_1.checkpoint add column epoch bigint not null default 0;
