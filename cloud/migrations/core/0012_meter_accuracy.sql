-- How much a meter may be wrong by, in parts per million, where somebody knows better than its profile: class 1 is 10000.
alter table meter add column accuracy_ppm integer check (accuracy_ppm between 100 and 100000);
grant update (accuracy_ppm) on meter to meterline_app;
