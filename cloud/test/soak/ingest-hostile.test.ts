import '../medium/ingest-hostile.test.ts';
