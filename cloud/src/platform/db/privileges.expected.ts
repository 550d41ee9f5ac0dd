import type { Privileges } from './privileges.ts';

// What each role may do and what guards each table, as the migrations make it; the boot check allows nothing else.
// Written by the test of the roles: npx vitest run --project medium privileges --update

export const EXPECTED_PRIVILEGES: Privileges = {
  meterline_app: {
    database: 'connect',
    'function app_org()': 'execute',
    'function bullmq.add_flow(jsonb)': 'execute',
    'function bullmq.add_flow_unlocked(jsonb)': 'execute',
    'function bullmq.add_job(text,text,text,jsonb,jsonb,integer,bigint,bigint,integer,text,text,text,text,text,boolean)':
      'execute',
    'function bullmq.add_job_scheduler(text,text,bigint,jsonb,jsonb,jsonb,jsonb,bigint,text)': 'execute',
    'function bullmq.add_job_unlocked(text,text,text,jsonb,jsonb,integer,bigint,bigint,integer,text,text,text,text,text,boolean)':
      'execute',
    'function bullmq.add_jobs_bulk(text,jsonb)': 'execute',
    'function bullmq.add_jobs_bulk_unlocked(text,jsonb)': 'execute',
    'function bullmq.apply_retention(text,text,bullmq.job_state,bigint,boolean,bigint,integer)': 'execute',
    'function bullmq.change_delay(text,text,bigint,bigint)': 'execute',
    'function bullmq.change_priority(text,text,integer,boolean)': 'execute',
    'function bullmq.clean(text,text,bigint,integer)': 'execute',
    'function bullmq.collect_metrics(text,text,integer,bigint)': 'execute',
    'function bullmq.dedup_finalize(text,text,text,bigint)': 'execute',
    'function bullmq.dedup_on_removal(text,text,text)': 'execute',
    'function bullmq.dedup_store_next(text,text,text,text,boolean,text,jsonb,jsonb)': 'execute',
    'function bullmq.deduplicate_job(text,jsonb,text,bigint,text,jsonb,jsonb)': 'execute',
    'function bullmq.drain(text,boolean)': 'execute',
    'function bullmq.extend_lock(text,text,text,bigint,bigint)': 'execute',
    'function bullmq.get_range(text,text,integer,integer,boolean)': 'execute',
    'function bullmq.handle_child_failure(text,text,text,bigint)': 'execute',
    'function bullmq.handle_duplicated_job(text,text,text,text,text,bigint,boolean)': 'execute',
    'function bullmq.job_id_seq_name(text)': 'execute',
    'function bullmq.lock_finalization_queues(text,text)': 'execute',
    'function bullmq.lock_producer_queues(jsonb)': 'execute',
    'function bullmq.move_active_to_wait(text,text,text,bigint)': 'execute',
    'function bullmq.move_parent_to_wait(text,text,bigint)': 'execute',
    'function bullmq.move_stalled_jobs_to_wait(text,integer,bigint,bigint)': 'execute',
    'function bullmq.move_to_active(text,text,bigint,bigint,text,integer,bigint)': 'execute',
    'function bullmq.move_to_completed(text,text,text,jsonb,bigint,boolean,bigint,integer)': 'execute',
    'function bullmq.move_to_completed_fetch(text,text,text,jsonb,bigint,boolean,bigint,integer,bigint,bigint,text,integer,bigint)':
      'execute',
    'function bullmq.move_to_delayed(text,text,text,bigint,bigint,boolean,text,jsonb)': 'execute',
    'function bullmq.move_to_failed(text,text,text,text,jsonb,bigint,boolean,bigint,integer)': 'execute',
    'function bullmq.move_to_failed_fetch(text,text,text,text,jsonb,bigint,boolean,bigint,integer,bigint,bigint,text,integer,bigint)':
      'execute',
    'function bullmq.move_to_waiting_children(text,text,text)': 'execute',
    'function bullmq.next_delay(text)': 'execute',
    'function bullmq.next_job_id(text)': 'execute',
    'function bullmq.next_signal(text,integer,bigint)': 'execute',
    'function bullmq.obliterate(text,integer,boolean)': 'execute',
    'function bullmq.pause(text,boolean)': 'execute',
    'function bullmq.promote(text,text)': 'execute',
    'function bullmq.promote_jobs(text,integer)': 'execute',
    'function bullmq.publish_event(text,text,jsonb)': 'execute',
    'function bullmq.rate_limit_consume(text,bigint,bigint)': 'execute',
    'function bullmq.rate_limit_effective(text,integer,bigint)': 'execute',
    'function bullmq.rate_limit_ttl(text,integer,bigint)': 'execute',
    'function bullmq.relay_delete_retained(text,text)': 'execute',
    'function bullmq.relay_get_counts(text)': 'execute',
    'function bullmq.relay_get_namespaces()': 'execute',
    'function bullmq.relay_get_nodes(text,integer,integer)': 'execute',
    'function bullmq.relay_get_patterns(text,integer,integer)': 'execute',
    'function bullmq.relay_get_retained(text,integer,integer)': 'execute',
    'function bullmq.relay_get_subscriptions(text,text,text,integer,integer)': 'execute',
    'function bullmq.relay_heartbeat(text,text,bigint)': 'execute',
    'function bullmq.relay_is_valid_id(text)': 'execute',
    'function bullmq.relay_match_topic(text[],text[])': 'execute',
    'function bullmq.relay_ms(timestamp with time zone)': 'execute',
    'function bullmq.relay_page_limit(integer,integer)': 'execute',
    'function bullmq.relay_parse_topic(text,boolean)': 'execute',
    'function bullmq.relay_publish(text,text,text,bigint,bigint,integer)': 'execute',
    'function bullmq.relay_read_inbox(text,text,bigint[],integer)': 'execute',
    'function bullmq.relay_register_node(text,text,bigint,jsonb)': 'execute',
    'function bullmq.relay_remove_endpoint(text,text,text)': 'execute',
    'function bullmq.relay_subscribe(text,text,text,text)': 'execute',
    'function bullmq.relay_sweep(text,integer)': 'execute',
    'function bullmq.relay_trim_inbox(text,text,bigint[],integer)': 'execute',
    'function bullmq.relay_unregister_node(text,text)': 'execute',
    'function bullmq.remove(text,text,boolean)': 'execute',
    'function bullmq.remove_child_dependency(text,text,text,bigint)': 'execute',
    'function bullmq.remove_job_scheduler(text,text)': 'execute',
    'function bullmq.remove_unprocessed_children(text,text)': 'execute',
    'function bullmq.reprocess_job(text,text,text,boolean,boolean,boolean)': 'execute',
    'function bullmq.requeue_dedup_next(text,text,bigint)': 'execute',
    'function bullmq.retry_job(text,text,text,boolean,text,jsonb)': 'execute',
    'function bullmq.retry_jobs(text,text,integer,bigint)': 'execute',
    'function bullmq.scheduler_every_next_millis(bigint,bigint,bigint,bigint,bigint)': 'execute',
    'function bullmq.set_rate_limit(text,bigint,bigint)': 'execute',
    'function bullmq.update_job_scheduler_next_millis(text,text,bigint,jsonb,jsonb,bigint,text)': 'execute',
    'function bullmq.update_progress(text,text,jsonb)': 'execute',
    'function ledger_contradictions(integer[],timestamp with time zone[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ledger_readings(integer[],timestamp with time zone[],timestamp with time zone[],integer)':
      'execute (as meterline_owner)',
    'function note_usage_dirty(integer[],timestamp with time zone[],timestamp with time zone[])':
      'execute (as meterline_owner)',
    'function readings_billable(integer[],timestamp with time zone,timestamp with time zone,integer)':
      'execute (as meterline_owner)',
    'function readings_latest(integer[],timestamp with time zone)': 'execute (as meterline_owner)',
    'function readings_quarters(integer[],timestamp with time zone,timestamp with time zone,text)':
      'execute (as meterline_owner)',
    'function readings_raw(integer[],timestamp with time zone,timestamp with time zone,text,integer,integer,timestamp with time zone)':
      'execute (as meterline_owner)',
    'function webhook_key(text)': 'execute (as meterline_owner)',
    'schema bullmq': 'usage',
    'schema public': 'usage',
    'table audit_checkpoint': 'select',
    'table audit_entry': 'insert, select',
    'table audit_seal': 'select',
    'table batch': 'select',
    'table building': 'insert, select, update (name)',
    'table bullmq.dedup': 'delete, insert, select, update',
    'table bullmq.dedup_next': 'delete, insert, select, update',
    'table bullmq.event': 'delete, insert, select, update',
    'table bullmq.event_seq': 'select, usage',
    'table bullmq.job': 'delete, insert, select, update',
    'table bullmq.job_dependency': 'delete, insert, select, update',
    'table bullmq.job_log': 'delete, insert, select, update',
    'table bullmq.job_seq': 'select, usage',
    'table bullmq.meta': 'delete, insert, select, update',
    'table bullmq.metrics': 'delete, insert, select, update',
    'table bullmq.migration': 'select',
    'table bullmq.rate_limit': 'delete, insert, select, update',
    'table bullmq.relay_inbox': 'delete, insert, select, update',
    'table bullmq.relay_inbox_id_seq': 'select, usage',
    'table bullmq.relay_mid_seq': 'select, usage',
    'table bullmq.relay_node': 'delete, insert, select, update',
    'table bullmq.relay_retained': 'delete, insert, select, update',
    'table bullmq.relay_subscription': 'delete, insert, select, update',
    'table bullmq.scheduler': 'delete, insert, select, update',
    'table command_result': 'select',
    'table correction': 'insert, select',
    'table dead_letter': 'select, update (closed_at), update (state)',
    'table evidence_name': 'select',
    'table gateway': 'insert, select, update (name), update (revoked_at), update (state)',
    'table gateway_certificate': 'insert, select, update (revoked_at)',
    'table gateway_contact': 'select',
    'table gateway_key': 'insert, select, update (retired_at)',
    'table gateway_state': 'select',
    'table gateway_token': 'insert, select, update (revoked_at)',
    'table held_reading': 'select',
    'table hub_key': 'delete, insert, select',
    'table import_fault': 'delete, insert, select',
    'table import_mapping': 'delete, insert, select, update (mapping), update (updated_at)',
    'table import_run':
      'insert, select, update (cancel_requested), update (chunks), update (conflicts), update (dry_run), update (error), update (faults), update (finished_at), update (held), update (keep_good), update (lines), update (mapping), update (readings), update (repeats), update (staged_key), update (state), update (stored), update (total_lines), update (touched_at)',
    'table installation': 'insert, select, update (to_at)',
    'table journal': 'select',
    'table journal_restart': 'select',
    'table manual_reading': 'insert, select',
    'table meter':
      'insert, select, update (accuracy_ppm), update (label), update (parent_meter_id), update (profile), update (role), update (serial)',
    'table organisation': 'insert, select, update (name)',
    'table outbox': 'insert',
    'table person_key':
      'insert, select, update (forgotten_at), update (forgotten_by), update (wrapped), update (wrapped_by)',
    'table place': 'insert, select, update (name), update (parent_id)',
    'table point':
      'insert, select, update (class), update (gateway_id), update (meter_id), update (quantity), update (register), update (unit)',
    'table point_source': 'insert, select',
    'table quality_name': 'select',
    'table reading_conflict': 'select, update (closed_at), update (state)',
    'table reading_photo': 'insert, select',
    'table refusal_count': 'select',
    'table register_epoch':
      'insert, select, update (from_at), update (opening), update (superseded_at), update (superseded_by)',
    'table register_name': 'select',
    'table schema_migration': 'select',
    'table suspect':
      'delete, insert, select, update (after_count), update (changed_at), update (epoch_id), update (kind), update (left_out), update (reason), update (resolution), update (resolved_at), update (resolved_by), update (resumes_at), update (state), update (until_at)',
    'table usage_audit': 'insert, select',
    'table usage_day':
      'delete, insert, select, update (complete), update (estimated), update (quantity), update (quarters)',
    'table usage_failure':
      'delete, insert, select, update (attempts), update (error), update (from_at), update (retry_at), update (to_at)',
    'table usage_hour':
      'insert, select, update (complete), update (estimated), update (quantity), update (revision)',
    'table usage_point': 'insert, select, update (believed_at), update (believed_count)',
    'table usage_revision': 'insert, select',
    'table webhook_request': 'delete, insert, select, update (answer)',
    'table webhook_secret': 'insert, select, update (expires_at), update (last_used_at), update (revoked_at)',
    'table webhook_source': 'insert, select, update (revoked_at)',
  },
  meterline_ingest: {
    database: 'connect',
    'function app_org()': 'execute',
    'function directory_gateways(uuid[])': 'execute (as meterline_owner)',
    'function directory_points(uuid[])': 'execute (as meterline_owner)',
    'function door_keys()': 'execute (as meterline_owner)',
    'function ensure_reading_partitions(text,date[])': 'execute (as meterline_owner)',
    'function gateways_seen(uuid[],timestamp with time zone[])': 'execute (as meterline_owner)',
    'function ingest_apply_restarts(timestamp with time zone)': 'execute (as meterline_owner)',
    'function ingest_batches(bigint[],uuid[],text[],timestamp with time zone[],uuid[],bigint[],text[],bigint[],bigint[],timestamp with time zone[],bytea[],bytea[],text[],jsonb[],text[],bytea[],timestamp with time zone[],text[],bytea[],bytea[],text[])':
      'execute (as meterline_owner)',
    'function ingest_conflicts(text[],text[],integer[],timestamp with time zone[],bigint[],bigint[],bytea[],text[],uuid[],bigint[],bigint[],smallint[],smallint[],text[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ingest_count_refusals(uuid[],text[],bigint[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ingest_direct_batch(uuid,uuid,text,text,timestamp with time zone,jsonb)':
      'execute (as meterline_owner)',
    'function ingest_events(uuid[],uuid[],text[],text[],jsonb[])': 'execute (as meterline_owner)',
    'function ingest_gap_turn(timestamp with time zone,interval)': 'execute (as meterline_owner)',
    'function ingest_gaps(bigint[],bigint[],bytea[],bytea[])': 'execute (as meterline_owner)',
    'function ingest_held(uuid[],uuid[],integer)': 'execute (as meterline_owner)',
    'function ingest_hold(uuid[],uuid[],text[],text[],uuid[],timestamp with time zone[],bigint[],bytea[],text[],timestamp with time zone[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[],timestamp with time zone[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ingest_journals(bigint[],text[],text[],bigint[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ingest_open(uuid[],uuid[],integer[],bigint[],integer)': 'execute (as meterline_owner)',
    'function ingest_receipts(uuid[],integer,integer)': 'execute (as meterline_owner)',
    'function ingest_refuse(uuid[],text[],text[],text[],bytea[],integer[],bytea[],integer[],timestamp with time zone,integer,bigint)':
      'execute (as meterline_owner)',
    'function ingest_release(timestamp with time zone,text[],integer)': 'execute (as meterline_owner)',
    'function ingest_replayed(bigint,timestamp with time zone)': 'execute (as meterline_owner)',
    'function ingest_replays(integer)': 'execute (as meterline_owner)',
    'function ingest_restarts(bigint[],text[],uuid[],uuid[],bigint[],text[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ingest_results(uuid[],uuid[],jsonb[],timestamp with time zone)': 'execute (as meterline_owner)',
    'function ingest_set_states(jsonb)': 'execute (as meterline_owner)',
    'function ingest_states(uuid[])': 'execute (as meterline_owner)',
    'function ingest_stored(text,integer[],timestamp with time zone[],bigint)':
      'execute (as meterline_owner)',
    'function note_usage_dirty(integer[],timestamp with time zone[],timestamp with time zone[])':
      'execute (as meterline_owner)',
    'function register_numbers(text[])': 'execute (as meterline_owner)',
    'function register_points(uuid,uuid[],text[],text[],text[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function store_billing(integer[],timestamp with time zone[],bigint[],bytea[],integer[],timestamp with time zone[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[])':
      'execute (as meterline_owner)',
    'function store_bounded(integer[],bigint[],bigint[],text[],integer[],bigint[],timestamp with time zone[],timestamp with time zone[],bigint[],integer[],bytea[],smallint[],smallint[])':
      'execute (as meterline_owner)',
    'function store_counters(integer[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[])':
      'execute (as meterline_owner)',
    'function store_gauges(integer[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[])':
      'execute (as meterline_owner)',
    'schema public': 'usage',
    'table outbox': 'insert',
    'table schema_migration': 'select',
  },
  meterline_readonly: {
    database: 'connect',
    'function app_org()': 'execute',
    'schema public': 'usage',
    'table audit_checkpoint': 'select',
    'table audit_entry': 'select',
    'table audit_seal': 'select',
    'table batch': 'select',
    'table building': 'select',
    'table command_result': 'select',
    'table correction': 'select',
    'table dead_letter': 'select',
    'table evidence_name': 'select',
    'table gateway': 'select',
    'table gateway_certificate': 'select',
    'table gateway_contact': 'select',
    'table gateway_key': 'select',
    'table gateway_state': 'select',
    'table held_reading': 'select',
    'table import_fault': 'select',
    'table import_mapping': 'select',
    'table import_run': 'select',
    'table installation': 'select',
    'table journal': 'select',
    'table journal_restart': 'select',
    'table manual_reading': 'select',
    'table meter': 'select',
    'table organisation': 'select',
    'table place': 'select',
    'table point': 'select',
    'table point_source': 'select',
    'table quality_name': 'select',
    'table reading_conflict': 'select',
    'table reading_photo': 'select',
    'table refusal_count': 'select',
    'table register_epoch': 'select',
    'table register_name': 'select',
    'table schema_migration': 'select',
    'table suspect': 'select',
    'table usage_audit': 'select',
    'table usage_day': 'select',
    'table usage_failure': 'select',
    'table usage_hour': 'select',
    'table usage_point': 'select',
    'table usage_revision': 'select',
    'table webhook_source': 'select',
  },
  meterline_worker: {
    database: 'connect',
    'function app_org()': 'execute',
    'function delete_expired_batches(text,timestamp with time zone,integer)': 'execute (as meterline_owner)',
    'function delete_unused_upload(timestamp with time zone)': 'execute (as meterline_owner)',
    'function drop_expired_partition(text,timestamp with time zone)': 'execute (as meterline_owner)',
    'function ledger_orphans(integer,integer)': 'execute (as meterline_owner)',
    'function reading_partitions()': 'execute (as meterline_owner)',
    'function readings_billable(integer[],timestamp with time zone,timestamp with time zone,integer)':
      'execute (as meterline_owner)',
    'function readings_latest(integer[],timestamp with time zone)': 'execute (as meterline_owner)',
    'function readings_raw(integer[],timestamp with time zone,timestamp with time zone,text,integer,integer,timestamp with time zone)':
      'execute (as meterline_owner)',
    'schema public': 'usage',
    'table audit_checkpoint': 'insert, select',
    'table audit_entry': 'select',
    'table audit_pending': 'delete, select',
    'table audit_round': 'insert, select',
    'table audit_seal': 'insert, select',
    'table audit_sealer': 'select, update',
    'table building': 'select',
    'table dead_letter': 'select',
    'table evidence_name': 'select',
    'table gateway': 'select',
    'table gateway_certificate': 'select',
    'table gateway_contact': 'select',
    'table held_reading': 'select',
    'table installation': 'select',
    'table journal': 'select',
    'table meter': 'select',
    'table organisation': 'select',
    'table outbox': 'delete, select, update',
    'table person_key': 'select (organisation_id), select (person_id), select (wrapped)',
    'table point': 'select',
    'table quality_name': 'select',
    'table reading_conflict': 'select',
    'table register_name': 'select',
    'table schema_migration': 'select',
    'table suspect': 'select',
    'table usage_audit': 'select',
    'table usage_dirty': 'delete, select, update (at)',
    'table usage_failure': 'select',
    'table usage_point': 'select',
  },
  schema: {
    'function app_org()': 'owner meterline_owner, 4504b457f8ce14d3',
    'function audit_entry_awaits_seal()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 06a67a3f0140f724',
    'function audit_seal_own_chain()':
      'owner meterline_owner, search_path=pg_catalog, pg_temp, bbaeeb52f518d989',
    'function correction_own_point()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, de08319625c9c73c',
    'function dead_letter_closed()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, ecd6c34e5acee840',
    'function delete_expired_batches(text,timestamp with time zone,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, c914fa06b444da84',
    'function delete_unused_upload(timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, d3f5bfe9fe4e9d4e',
    'function directory_gateways(uuid[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, dc1e0ac708f6b66a',
    'function directory_points(uuid[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 0b3b156050bf70b6',
    'function door_keys()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, c9da968d0a74aeb5',
    'function drop_expired_partition(text,timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp lock_timeout=2s, a85a1dc10feff13b',
    'function ensure_reading_partitions(text,date[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 32f6cd91e371c4d7',
    'function gateways_seen(uuid[],timestamp with time zone[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 22467f794d5dc37b',
    'function ingest_apply_restarts(timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 323e252ee045995a',
    'function ingest_batches(bigint[],uuid[],text[],timestamp with time zone[],uuid[],bigint[],text[],bigint[],bigint[],timestamp with time zone[],bytea[],bytea[],text[],jsonb[],text[],bytea[],timestamp with time zone[],text[],bytea[],bytea[],text[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, e88703b02922366e',
    'function ingest_conflicts(text[],text[],integer[],timestamp with time zone[],bigint[],bigint[],bytea[],text[],uuid[],bigint[],bigint[],smallint[],smallint[],text[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 8365ddbcf795e145',
    'function ingest_count_refusals(uuid[],text[],bigint[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3735aaaff923adf2',
    'function ingest_direct_batch(uuid,uuid,text,text,timestamp with time zone,jsonb)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, bad8dbb2c70e0cec',
    'function ingest_events(uuid[],uuid[],text[],text[],jsonb[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 7b2102a1ec9f28ea',
    'function ingest_gap_turn(timestamp with time zone,interval)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, a4ab9a6de60fe374',
    'function ingest_gaps(bigint[],bigint[],bytea[],bytea[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 43e3bdc1ffcbbc64',
    'function ingest_held(uuid[],uuid[],integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 167c94414785dd43',
    'function ingest_hold(uuid[],uuid[],text[],text[],uuid[],timestamp with time zone[],bigint[],bytea[],text[],timestamp with time zone[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[],timestamp with time zone[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 12790aaec2e6462d',
    'function ingest_journals(bigint[],text[],text[],bigint[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3a320c256632f45b',
    'function ingest_open(uuid[],uuid[],integer[],bigint[],integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 5f9280612c1beb77',
    'function ingest_receipts(uuid[],integer,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 79322efa97b5eec8',
    'function ingest_recount(bigint,timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, d2123c5cc742b801',
    'function ingest_refuse(uuid[],text[],text[],text[],bytea[],integer[],bytea[],integer[],timestamp with time zone,integer,bigint)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 6234f404247f8a52',
    'function ingest_release(timestamp with time zone,text[],integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 5088bbaed4161873',
    'function ingest_replayed(bigint,timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 93b392a0e448e3b7',
    'function ingest_replays(integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 9eb9a2827b071c9d',
    'function ingest_restarts(bigint[],text[],uuid[],uuid[],bigint[],text[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 8dd8d35023ce96a8',
    'function ingest_results(uuid[],uuid[],jsonb[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, b744b61eb9afe2d5',
    'function ingest_set_states(jsonb)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, fd57828467ccaead',
    'function ingest_states(uuid[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, e5410667d4559e9d',
    'function ingest_stored(text,integer[],timestamp with time zone[],bigint)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, b70c57f09ac0ecf7',
    'function keep_used_photo()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 46eb12f9b7280799',
    'function ledger_contradictions(integer[],timestamp with time zone[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, e722096c261843ff',
    'function ledger_orphans(integer,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3c782a6b5750cc41',
    'function ledger_readings(integer[],timestamp with time zone[],timestamp with time zone[],integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan, 43adba6f28229daa',
    'function metering_own_point()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, f954004466364f79',
    'function note_usage_dirty(integer[],timestamp with time zone[],timestamp with time zone[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 868e1ea279748824',
    'function person_key_guard()': 'owner meterline_owner, search_path=pg_catalog, c30e211ec3c77776',
    'function reading_partitions()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp TimeZone=UTC, 066b81aed7dc8898',
    'function readings_billable(integer[],timestamp with time zone,timestamp with time zone,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, 63bc6f5a525c3856',
    'function readings_latest(integer[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, 248ee2c6d099309c',
    'function readings_quarters(integer[],timestamp with time zone,timestamp with time zone,text)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, 2e45abedc4561267',
    'function readings_raw(integer[],timestamp with time zone,timestamp with time zone,text,integer,integer,timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, d89005ae46891719',
    'function refuse_change()': 'owner meterline_owner, search_path=pg_catalog, 9defeb1bcb8b0344',
    'function register_numbers(text[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 93752ae41e7962a0',
    'function register_points(uuid,uuid[],text[],text[],text[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3c751c7d5dbb759f',
    'function sites_changed()': 'owner meterline_owner, search_path=pg_catalog, pg_temp, f84c94df1b4ec8fd',
    'function store_billing(integer[],timestamp with time zone[],bigint[],bytea[],integer[],timestamp with time zone[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 49ddf83434bd2c61',
    'function store_bounded(integer[],bigint[],bigint[],text[],integer[],bigint[],timestamp with time zone[],timestamp with time zone[],bigint[],integer[],bytea[],smallint[],smallint[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, ea8daecc2d97b4a3',
    'function store_counters(integer[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 72c8b4c73c1247b8',
    'function store_gauges(integer[],timestamp with time zone[],bigint[],smallint[],smallint[],bigint[],bigint[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 954750157f37e06e',
    'function webhook_key(text)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, e7ea2288803218eb',
    'policy all_organisations on audit_checkpoint': 'all to meterline_worker using true check true',
    'policy all_organisations on audit_entry': 'select to meterline_worker using true',
    'policy all_organisations on audit_pending': 'all to meterline_worker using true',
    'policy all_organisations on audit_round': 'all to meterline_worker using true check true',
    'policy all_organisations on audit_seal': 'all to meterline_worker using true check true',
    'policy all_organisations on audit_sealer': 'all to meterline_worker using true check false',
    'policy all_organisations on building': 'select to meterline_worker using true',
    'policy all_organisations on dead_letter': 'select to meterline_worker using true',
    'policy all_organisations on gateway': 'select to meterline_worker using true',
    'policy all_organisations on gateway_certificate': 'select to meterline_worker using true',
    'policy all_organisations on gateway_contact': 'select to meterline_worker using true',
    'policy all_organisations on held_reading': 'select to meterline_worker using true',
    'policy all_organisations on installation': 'select to meterline_worker using true',
    'policy all_organisations on journal': 'select to meterline_worker using true',
    'policy all_organisations on meter': 'select to meterline_worker using true',
    'policy all_organisations on organisation': 'select to meterline_worker using true',
    'policy all_organisations on outbox': 'all to meterline_worker using true check true',
    'policy all_organisations on person_key': 'select to meterline_worker using true',
    'policy all_organisations on point': 'select to meterline_worker using true',
    'policy all_organisations on reading_conflict': 'select to meterline_worker using true',
    'policy all_organisations on suspect': 'select to meterline_worker using true',
    'policy all_organisations on usage_audit': 'select to meterline_worker using true',
    'policy all_organisations on usage_dirty': 'all to meterline_worker using true check true',
    'policy all_organisations on usage_failure': 'select to meterline_worker using true',
    'policy all_organisations on usage_point': 'select to meterline_worker using true',
    'policy everybody_reads on evidence_name': 'select to public using true',
    'policy everybody_reads on quality_name': 'select to public using true',
    'policy everybody_reads on register_name': 'select to public using true',
    'policy everybody_reads on schema_migration': 'select to public using true',
    'policy of_the_platform on hub_key': 'all to meterline_app using true check true',
    'policy own_organisation on audit_checkpoint':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on audit_entry':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on audit_seal':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on batch':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on building':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on command_result':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on correction':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on dead_letter':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on gateway':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on gateway_certificate':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on gateway_contact':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on gateway_key':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on gateway_state':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on gateway_token':
      'all to meterline_app using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on held_reading':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on import_fault':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on import_mapping':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on import_run':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on installation':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on journal':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on journal_restart':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on manual_reading':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on meter':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on organisation':
      'all to meterline_app, meterline_readonly using (id = ( SELECT app_org() AS app_org)) check (id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on outbox':
      'insert to meterline_app, meterline_ingest check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on person_key':
      'all to meterline_app using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on place':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on point':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on point_source':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on reading_conflict':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on reading_photo':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on refusal_count':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on register_epoch':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on suspect':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on usage_audit':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on usage_day':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on usage_failure':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on usage_hour':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on usage_point':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on usage_revision':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on webhook_request':
      'all to meterline_app using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on webhook_secret':
      'all to meterline_app using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on webhook_source':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy what_has_run_out on hub_key':
      "delete to meterline_app using ((purpose <> 'authority'::text) AND (not_after < now()))",
    'table audit_checkpoint': 'row security on, owner meterline_owner',
    'table audit_entry': 'row security on, owner meterline_owner',
    'table audit_pending': 'row security on, owner meterline_owner',
    'table audit_round': 'row security on, owner meterline_owner',
    'table audit_seal': 'row security on, owner meterline_owner',
    'table audit_sealer': 'row security on, owner meterline_owner',
    'table batch': 'row security on, owner meterline_owner',
    'table building': 'row security on, owner meterline_owner',
    'table command_result': 'row security on, owner meterline_owner',
    'table correction': 'row security on, owner meterline_owner',
    'table dead_letter': 'row security on, owner meterline_owner',
    'table dead_letter_usage': 'row security on, owner meterline_owner',
    'table evidence_name': 'row security on, owner meterline_owner',
    'table gateway': 'row security on, owner meterline_owner',
    'table gateway_certificate': 'row security on, owner meterline_owner',
    'table gateway_contact': 'row security on, owner meterline_owner',
    'table gateway_key': 'row security on, owner meterline_owner',
    'table gateway_state': 'row security on, owner meterline_owner',
    'table gateway_token': 'row security on, owner meterline_owner',
    'table held_reading': 'row security on, owner meterline_owner',
    'table hub_key': 'row security on, owner meterline_owner',
    'table import_fault': 'row security on, owner meterline_owner',
    'table import_mapping': 'row security on, owner meterline_owner',
    'table import_run': 'row security on, owner meterline_owner',
    'table installation': 'row security on, owner meterline_owner',
    'table journal': 'row security on, owner meterline_owner',
    'table journal_gap': 'row security on, owner meterline_owner',
    'table journal_restart': 'row security on, owner meterline_owner',
    'table manual_reading': 'row security on, owner meterline_owner',
    'table meter': 'row security on, owner meterline_owner',
    'table organisation': 'row security on, owner meterline_owner',
    'table outbox': 'row security on, owner meterline_owner',
    'table person_key': 'row security on, owner meterline_owner',
    'table place': 'row security on, owner meterline_owner',
    'table point': 'row security on, owner meterline_owner',
    'table point_source': 'row security on, owner meterline_owner',
    'table quality_name': 'row security on, owner meterline_owner',
    'table reading_billing': 'row security off, owner meterline_owner',
    'table reading_bounded': 'row security off, owner meterline_owner',
    'table reading_conflict': 'row security on, owner meterline_owner',
    'table reading_counter': 'row security off, owner meterline_owner',
    'table reading_gauge': 'row security off, owner meterline_owner',
    'table reading_partition_lock': 'row security off, owner meterline_owner',
    'table reading_photo': 'row security on, owner meterline_owner',
    'table refusal_count': 'row security on, owner meterline_owner',
    'table register_epoch': 'row security on, owner meterline_owner',
    'table register_name': 'row security on, owner meterline_owner',
    'table schema_lock': 'row security on, owner meterline_owner',
    'table schema_migration': 'row security on, owner meterline_owner',
    'table suspect': 'row security on, owner meterline_owner',
    'table usage_audit': 'row security on, owner meterline_owner',
    'table usage_day': 'row security on, owner meterline_owner',
    'table usage_dirty': 'row security on, owner meterline_owner',
    'table usage_failure': 'row security on, owner meterline_owner',
    'table usage_hour': 'row security on, owner meterline_owner',
    'table usage_point': 'row security on, owner meterline_owner',
    'table usage_revision': 'row security on, owner meterline_owner',
    'table webhook_request': 'row security on, owner meterline_owner',
    'table webhook_secret': 'row security on, owner meterline_owner',
    'table webhook_source': 'row security on, owner meterline_owner',
    'trigger append_only on audit_checkpoint':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on audit_entry':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on audit_round':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_round FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on audit_seal':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.audit_seal FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on correction':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.correction FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on manual_reading':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.manual_reading FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on reading_photo':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.reading_photo FOR EACH ROW EXECUTE FUNCTION keep_used_photo()',
    'trigger append_only on usage_audit':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.usage_audit FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on usage_revision':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.usage_revision FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger awaits_seal on audit_entry':
      'on, CREATE TRIGGER awaits_seal AFTER INSERT ON public.audit_entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_awaits_seal()',
    'trigger closed on dead_letter':
      'on, CREATE TRIGGER closed AFTER UPDATE ON public.dead_letter REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION dead_letter_closed()',
    'trigger forgotten_for_good on person_key':
      'on, CREATE TRIGGER forgotten_for_good BEFORE UPDATE ON public.person_key FOR EACH ROW EXECUTE FUNCTION person_key_guard()',
    'trigger keep_tombstone on person_key':
      'on, CREATE TRIGGER keep_tombstone BEFORE DELETE ON public.person_key FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on audit_checkpoint':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on audit_entry':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on audit_round':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.audit_round FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on audit_seal':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on correction':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.correction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on manual_reading':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.manual_reading FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on person_key':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.person_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on reading_photo':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.reading_photo FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on usage_audit':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.usage_audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on usage_revision':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.usage_revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger own_chain on audit_seal':
      'on, CREATE TRIGGER own_chain AFTER INSERT ON public.audit_seal REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION audit_seal_own_chain()',
    'trigger own_point on correction':
      'on, CREATE TRIGGER own_point BEFORE INSERT ON public.correction FOR EACH ROW EXECUTE FUNCTION correction_own_point()',
    'trigger own_point on register_epoch':
      'on, CREATE TRIGGER own_point BEFORE INSERT ON public.register_epoch FOR EACH ROW EXECUTE FUNCTION metering_own_point()',
    'trigger own_point on suspect':
      'on, CREATE TRIGGER own_point BEFORE INSERT ON public.suspect FOR EACH ROW EXECUTE FUNCTION metering_own_point()',
    'trigger own_point on usage_point':
      'on, CREATE TRIGGER own_point BEFORE INSERT ON public.usage_point FOR EACH ROW EXECUTE FUNCTION metering_own_point()',
    'trigger tell on gateway':
      'on, CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.gateway FOR EACH STATEMENT EXECUTE FUNCTION sites_changed()',
    'trigger tell on gateway_certificate':
      'on, CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.gateway_certificate FOR EACH STATEMENT EXECUTE FUNCTION sites_changed()',
    'trigger tell on gateway_key':
      'on, CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.gateway_key FOR EACH STATEMENT EXECUTE FUNCTION sites_changed()',
    'trigger tell on gateway_token':
      'on, CREATE TRIGGER tell AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.gateway_token FOR EACH STATEMENT EXECUTE FUNCTION sites_changed()',
    'trigger tell on point':
      'on, CREATE TRIGGER tell AFTER DELETE OR TRUNCATE ON public.point FOR EACH STATEMENT EXECUTE FUNCTION sites_changed()',
    'trigger tell on point_source':
      'on, CREATE TRIGGER tell AFTER DELETE OR UPDATE OR TRUNCATE ON public.point_source FOR EACH STATEMENT EXECUTE FUNCTION sites_changed()',
    'trigger tell_change on point':
      'on, CREATE TRIGGER tell_change AFTER UPDATE ON public.point FOR EACH ROW WHEN (((((((old.organisation_id IS DISTINCT FROM new.organisation_id) OR (old.gateway_id IS DISTINCT FROM new.gateway_id)) OR (old.meter_id IS DISTINCT FROM new.meter_id)) OR (old.register IS DISTINCT FROM new.register)) OR (old.unit IS DISTINCT FROM new.unit)) OR (old.class IS DISTINCT FROM new.class))) EXECUTE FUNCTION sites_changed()',
  },
};
