-- A look writes thousands of findings and then asks for those of thousands of people: entries that wait to be sorted in would be
-- read whole for each of them.
alter index keshi.finding_by_people set (fastupdate = off);
