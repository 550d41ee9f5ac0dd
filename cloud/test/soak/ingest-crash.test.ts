import '../medium/ingest-crash.test.ts';
