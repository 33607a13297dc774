-- `travel` is weighed in every page of a look.
create index finding_of_travel on keshi.finding (flag) where kind = 'travel';
