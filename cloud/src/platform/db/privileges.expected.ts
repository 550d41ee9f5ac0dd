import type { Privileges } from './privileges.ts';

// What each role may do and what guards each table, as the migrations make it; the boot check allows nothing else.
// Written by the test of the roles: npx vitest run --project medium privileges --update

export const EXPECTED_PRIVILEGES: Privileges = {
  meterline_app: {
    database: 'connect',
    'function api_key_by_hash(bytea)': 'execute (as meterline_owner)',
    'function app_limited()': 'execute',
    'function app_may(text)': 'execute',
    'function app_may_own(text)': 'execute',
    'function app_org()': 'execute',
    'function app_own(text)': 'execute (as meterline_owner)',
    'function app_own_days()': 'execute (as meterline_owner)',
    'function app_own_partial_hours(integer[],timestamp with time zone[],timestamp with time zone[])':
      'execute (as meterline_owner)',
    'function app_own_partial_revisions(integer,timestamp with time zone)': 'execute (as meterline_owner)',
    'function app_own_points(uuid,uuid,uuid)': 'execute (as meterline_owner)',
    'function app_own_quarters()': 'execute (as meterline_owner)',
    'function app_own_rents()': 'execute (as meterline_owner)',
    'function app_own_rooms()': 'execute (as meterline_owner)',
    'function app_own_windows()': 'execute (as meterline_owner)',
    'function app_person()': 'execute',
    'function app_whole(text[])': 'execute',
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
    'function consent_document_by_id(uuid)': 'execute (as meterline_owner)',
    'function consent_documents_in_force(uuid[])': 'execute (as meterline_owner)',
    'function fold_text(text)': 'execute',
    'function invitation_by_hash(bytea)': 'execute (as meterline_owner)',
    'function lease_note(uuid)': 'execute (as meterline_owner)',
    'function ledger_contradictions(integer[],timestamp with time zone[],timestamp with time zone)':
      'execute (as meterline_owner)',
    'function ledger_readings(integer[],timestamp with time zone[],timestamp with time zone[],integer)':
      'execute (as meterline_owner)',
    'function name_key(text)': 'execute',
    'function note_usage_dirty(integer[],timestamp with time zone[],timestamp with time zone[])':
      'execute (as meterline_owner)',
    'function person_by_contact(text,text)': 'execute (as meterline_owner)',
    'function person_elsewhere(uuid)': 'execute (as meterline_owner)',
    'function person_link_by_hash(bytea)': 'execute (as meterline_owner)',
    'function readings_billable(integer[],timestamp with time zone,timestamp with time zone,integer)':
      'execute (as meterline_owner)',
    'function readings_latest(integer[],timestamp with time zone)': 'execute (as meterline_owner)',
    'function readings_quarters(integer[],timestamp with time zone,timestamp with time zone,text)':
      'execute (as meterline_owner)',
    'function readings_raw(integer[],timestamp with time zone,timestamp with time zone,text,integer,integer,timestamp with time zone)':
      'execute (as meterline_owner)',
    'function release_unverified_contact(text,text)': 'execute (as meterline_owner)',
    'function roles_here(uuid)': 'execute (as meterline_owner)',
    'function search_key(text,text)': 'execute',
    'function search_rank(text,text)': 'execute',
    'function session_by_refresh(bytea)': 'execute (as meterline_owner)',
    'function session_view(bytea,uuid)': 'execute (as meterline_owner)',
    'function sort_key(text)': 'execute',
    'function webhook_key(text)': 'execute (as meterline_owner)',
    'schema bullmq': 'usage',
    'schema public': 'usage',
    'table access_key': 'delete, insert, select',
    'table api_key': 'insert, select, update (revoked_at), update (seen_at)',
    'table audit_checkpoint': 'select',
    'table audit_entry': 'insert, select',
    'table audit_seal': 'select',
    'table batch': 'select',
    'table building':
      'insert, select, update (address), update (currency), update (cycle_day), update (name), update (other_name), update (version)',
    'table building_regime': 'insert, select',
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
    'table consent': 'insert, select, update (withdrawn_at)',
    'table consent_document': 'insert, select',
    'table correction': 'insert, select',
    'table dead_letter': 'select, update (closed_at), update (state)',
    'table evidence_name': 'select',
    'table gateway': 'insert, select, update (name), update (revoked_at), update (state)',
    'table gateway_certificate': 'insert, select, update (revoked_at)',
    'table gateway_contact': 'select',
    'table gateway_key': 'insert, select, update (retired_at)',
    'table gateway_state': 'select',
    'table gateway_token': 'insert, select, update (revoked_at)',
    'table handover':
      'insert, select, update (protocol), update (undone_at), update (undone_by), update (undone_reason)',
    'table handover_reading': 'insert, select, update (note), update (refusal), update (state)',
    'table held_reading': 'select',
    'table hub_key': 'delete, insert, select',
    'table import_fault': 'delete, insert, select',
    'table import_mapping': 'delete, insert, select, update (mapping), update (updated_at)',
    'table import_run':
      'insert, select, update (cancel_requested), update (chunks), update (conflicts), update (dry_run), update (error), update (faults), update (finished_at), update (held), update (keep_good), update (lines), update (mapping), update (readings), update (repeats), update (staged_key), update (state), update (stored), update (total_lines), update (touched_at)',
    'table installation': 'delete, insert, select, update (to_at)',
    'table invitation':
      'insert, select, update (contact_kind), update (contact_value), update (ends_at), update (hash), update (name), update (revoked_at), update (sent_at), update (used_at), update (used_by)',
    'table journal': 'select',
    'table journal_restart': 'select',
    'table lease':
      'insert, select (billing_address), select (building_id), select (created_at), select (currency), select (cycle_day), select (deposit_handling), select (deposit_minor), select (end_day), select (id), select (notice_days), select (number), select (organisation_id), select (search_key), select (sort_key), select (start_day), select (state), select (version), update (billing_address), update (cycle_day), update (deposit_handling), update (deposit_minor), update (end_day), update (note), update (notice_days), update (number), update (start_day), update (state), update (version)',
    'table lease_person': 'delete, insert, select, update (from_day), update (role), update (to_day)',
    'table lease_rent': 'delete, insert, select, update (amount_minor)',
    'table lease_room': 'delete, insert, select, update (from_at), update (place_id), update (to_at)',
    'table lease_service':
      'delete, insert, select, update (amount_minor), update (from_day), update (label), update (per), update (to_day)',
    'table manual_reading': 'insert, select',
    'table membership':
      'insert, select, update (ended_at), update (forgotten_at), update (roles), update (since), update (state)',
    'table meter':
      'insert, select, update (accuracy_ppm), update (label), update (measures), update (parent_meter_id), update (profile), update (role), update (serial), update (version)',
    'table onboarding_run': 'insert, select',
    'table organisation': 'insert, select, update (name)',
    'table outbox': 'insert',
    'table party':
      'insert, select, update (email), update (id_document_tail), update (invitation_id), update (kind), update (language), update (name), update (other_name), update (person_id), update (phone), update (tax_id)',
    'table person':
      'insert, select, update (disabled_at), update (forget_asked_at), update (forgotten_at), update (locale), update (name), update (state)',
    'table person_contact': 'delete, insert, select, update (verified_at)',
    'table person_credential': 'delete, insert, select, update',
    'table person_key':
      'insert, select, update (forgotten_at), update (forgotten_by), update (wrapped), update (wrapped_by)',
    'table person_link':
      'delete, insert, select, update (ends_at), update (hash), update (revoked_at), update (used_at)',
    'table place':
      'delete, insert, select, update (area_m2), update (capacity), update (level), update (name), update (other_name), update (parent_id), update (version)',
    'table place_outage': 'delete, insert, select, update (from_day), update (reason), update (to_day)',
    'table point':
      'insert, select, update (class), update (gateway_id), update (meter_id), update (quantity), update (register), update (unit)',
    'table point_source': 'insert, select',
    'table quality_name': 'select',
    'table reading_conflict': 'select, update (closed_at), update (state)',
    'table reading_photo': 'insert, select',
    'table refresh_token': 'insert, select, update (used_at)',
    'table refusal_count': 'select',
    'table register_epoch':
      'insert, select, update (from_at), update (opening), update (superseded_at), update (superseded_by)',
    'table register_name': 'select',
    'table schema_migration': 'select',
    'table session':
      'delete, insert, select, update (hash), update (level), update (offered), update (offered_at), update (previous), update (revoked_at), update (revoked_why), update (seen_at), update (token_at)',
    'table sign_in_limit': 'delete, insert, select, update',
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
    'function app_may(text)': 'execute',
    'function app_may_own(text)': 'execute',
    'function app_org()': 'execute',
    'function app_person()': 'execute',
    'function fold_text(text)': 'execute',
    'function name_key(text)': 'execute',
    'function search_key(text,text)': 'execute',
    'function search_rank(text,text)': 'execute',
    'function sort_key(text)': 'execute',
    'schema public': 'usage',
    'table audit_checkpoint': 'select',
    'table audit_entry': 'select',
    'table audit_seal': 'select',
    'table batch': 'select',
    'table building': 'select',
    'table building_regime': 'select',
    'table command_result': 'select',
    'table consent': 'select',
    'table consent_document': 'select',
    'table correction': 'select',
    'table dead_letter': 'select',
    'table evidence_name': 'select',
    'table gateway': 'select',
    'table gateway_certificate': 'select',
    'table gateway_contact': 'select',
    'table gateway_key': 'select',
    'table gateway_state': 'select',
    'table handover': 'select',
    'table handover_reading': 'select',
    'table held_reading': 'select',
    'table import_fault': 'select',
    'table import_mapping': 'select',
    'table import_run': 'select',
    'table installation': 'select',
    'table journal': 'select',
    'table journal_restart': 'select',
    'table lease': 'select',
    'table lease_person': 'select',
    'table lease_rent': 'select',
    'table lease_room': 'select',
    'table lease_service': 'select',
    'table manual_reading': 'select',
    'table membership': 'select',
    'table meter': 'select',
    'table onboarding_run': 'select',
    'table organisation': 'select',
    'table party': 'select',
    'table person': 'select',
    'table person_contact': 'select',
    'table place': 'select',
    'table place_outage': 'select',
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
    'function app_limited()': 'execute',
    'function app_may(text)': 'execute',
    'function app_may_own(text)': 'execute',
    'function app_org()': 'execute',
    'function app_person()': 'execute',
    'function delete_expired_batches(text,timestamp with time zone,integer)': 'execute (as meterline_owner)',
    'function delete_unused_upload(timestamp with time zone)': 'execute (as meterline_owner)',
    'function drop_expired_partition(text,timestamp with time zone)': 'execute (as meterline_owner)',
    'function expire_sign_ins(timestamp with time zone,integer)': 'execute (as meterline_owner)',
    'function fold_text(text)': 'execute',
    'function ledger_orphans(integer,integer)': 'execute (as meterline_owner)',
    'function name_key(text)': 'execute',
    'function persons_to_forget(timestamp with time zone,integer)': 'execute (as meterline_owner)',
    'function reading_partitions()': 'execute (as meterline_owner)',
    'function readings_billable(integer[],timestamp with time zone,timestamp with time zone,integer)':
      'execute (as meterline_owner)',
    'function readings_latest(integer[],timestamp with time zone)': 'execute (as meterline_owner)',
    'function readings_raw(integer[],timestamp with time zone,timestamp with time zone,text,integer,integer,timestamp with time zone)':
      'execute (as meterline_owner)',
    'function search_key(text,text)': 'execute',
    'function search_rank(text,text)': 'execute',
    'function sort_key(text)': 'execute',
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
    'function api_key_by_hash(bytea)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 09f2b672823809ea',
    'function app_limited()': 'owner meterline_owner, b972c84e149f95db',
    'function app_may(text)': 'owner meterline_owner, e1eba40443848b70',
    'function app_may_own(text)': 'owner meterline_owner, d8438de3be98c8fd',
    'function app_org()': 'owner meterline_owner, 4504b457f8ce14d3',
    'function app_own(text)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 7b4ce9fa66ad3ba0',
    'function app_own_days()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, c7ae1362015ced38',
    'function app_own_partial_hours(integer[],timestamp with time zone[],timestamp with time zone[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, b00358ec0c571736',
    'function app_own_partial_revisions(integer,timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 9c0ec142048ec626',
    'function app_own_points(uuid,uuid,uuid)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, 1167e4dce89a13a9',
    'function app_own_quarters()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, bdec6b4910520df9',
    'function app_own_rents()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3307aed72c2c6b51',
    'function app_own_rooms()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, acc3e8b9d4431baa',
    'function app_own_terms()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 6da93bf336527ee6',
    'function app_own_windows()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, c0b6c6b3890fc920',
    'function app_person()': 'owner meterline_owner, acddd163366823e4',
    'function app_whole(text[])': 'owner meterline_owner, cb3ee6d9786410e4',
    'function audit_entry_awaits_seal()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 06a67a3f0140f724',
    'function audit_seal_own_chain()':
      'owner meterline_owner, search_path=pg_catalog, pg_temp, bbaeeb52f518d989',
    'function consent_document_by_id(uuid)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 1f7fe88da0e2d3ab',
    'function consent_documents_in_force(uuid[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, c52e4f319f24a763',
    'function correction_own_point()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, de08319625c9c73c',
    'function dead_letter_closed()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, ecd6c34e5acee840',
    'function delete_expired_batches(text,timestamp with time zone,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, c914fa06b444da84',
    'function delete_unused_upload(timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 0ad55a2b0f184f76',
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
    'function expire_sign_ins(timestamp with time zone,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, e0fe860d7479db5a',
    'function fold_text(text)': 'owner meterline_owner, search_path=pg_catalog, 041d4efe4a689aa4',
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
    'function invitation_by_hash(bytea)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 84f8b4e8a932ac77',
    'function keep_used_photo()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 202b004d7eb2ab11',
    'function lease_note(uuid)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, f56f6a04c083207e',
    'function ledger_contradictions(integer[],timestamp with time zone[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, e722096c261843ff',
    'function ledger_orphans(integer,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3c782a6b5750cc41',
    'function ledger_readings(integer[],timestamp with time zone[],timestamp with time zone[],integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan, cbbfd88d9450919d',
    'function metering_own_point()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, f954004466364f79',
    'function name_key(text)': 'owner meterline_owner, search_path=pg_catalog, 0a1022a0727887ea',
    'function note_usage_dirty(integer[],timestamp with time zone[],timestamp with time zone[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 868e1ea279748824',
    'function person_by_contact(text,text)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 85d529f4bc4617d2',
    'function person_elsewhere(uuid)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 88d2f7b48a81610a',
    'function person_key_guard()': 'owner meterline_owner, search_path=pg_catalog, c30e211ec3c77776',
    'function person_link_by_hash(bytea)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 519455812a006a70',
    'function person_stays_forgotten()': 'owner meterline_owner, search_path=pg_catalog, e00460c3dd582aca',
    'function persons_to_forget(timestamp with time zone,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 6109062f225b90c1',
    'function reading_partitions()':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp TimeZone=UTC, 066b81aed7dc8898',
    'function readings_billable(integer[],timestamp with time zone,timestamp with time zone,integer)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, bef41893794402c2',
    'function readings_latest(integer[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, efab25c90b63f0c4',
    'function readings_quarters(integer[],timestamp with time zone,timestamp with time zone,text)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, 2e45abedc4561267',
    'function readings_raw(integer[],timestamp with time zone,timestamp with time zone,text,integer,integer,timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp plan_cache_mode=force_generic_plan jit=off, f9639c14897c3945',
    'function refuse_change()': 'owner meterline_owner, search_path=pg_catalog, 9defeb1bcb8b0344',
    'function refuse_meter_circle()':
      'owner meterline_owner, search_path=pg_catalog, public, f3ff6f95f398b530',
    'function register_numbers(text[])':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 93752ae41e7962a0',
    'function register_points(uuid,uuid[],text[],text[],text[],timestamp with time zone)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 3c751c7d5dbb759f',
    'function release_unverified_contact(text,text)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 8319a4cc5a45ec5f',
    'function roles_here(uuid)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, a22d9220f56f22cd',
    'function search_key(text,text)': 'owner meterline_owner, search_path=pg_catalog, b9ef6aee70f79bba',
    'function search_rank(text,text)': 'owner meterline_owner, 2092c3f7da498c01',
    'function session_by_refresh(bytea)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, 440b898a1b1e355a',
    'function session_view(bytea,uuid)':
      'owner meterline_owner, security definer, search_path=pg_catalog, pg_temp, a220431b509c4c04',
    'function sites_changed()': 'owner meterline_owner, search_path=pg_catalog, pg_temp, f84c94df1b4ec8fd',
    'function sort_key(text)': 'owner meterline_owner, search_path=pg_catalog, 6ccf0f617be55d7f',
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
    'policy asks_delete on access_key':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_delete on building':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_delete on building_regime':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_delete on correction':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['readings.correct'::text]) AS app_whole)",
    'policy asks_delete on dead_letter':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_delete on gateway':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_delete on gateway_certificate':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_delete on gateway_key':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_delete on gateway_token':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_delete on handover':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on handover_reading':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on hub_key':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_delete on import_fault':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_delete on import_mapping':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_delete on import_run':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_delete on installation':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_delete on lease':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on lease_person':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on lease_rent':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on lease_room':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on lease_service':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_delete on manual_reading':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy asks_delete on meter':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_delete on onboarding_run':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text, 'places.manage'::text, 'meters.manage'::text, 'leases.manage'::text]) AS app_whole)",
    'policy asks_delete on organisation':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['organisation.manage'::text, 'organisations.manage'::text]) AS app_whole)",
    'policy asks_delete on party':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text, 'people.invite'::text]) AS app_whole)",
    'policy asks_delete on place':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_delete on place_outage':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_delete on point':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_delete on point_source':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text, 'gateways.manage'::text, 'sources.manage'::text]) AS app_whole)",
    'policy asks_delete on reading_conflict':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['readings.correct'::text]) AS app_whole)",
    'policy asks_delete on reading_photo':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy asks_delete on register_epoch':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on sign_in_limit':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_delete on suspect':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on usage_audit':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on usage_day':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on usage_failure':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on usage_hour':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on usage_point':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on usage_revision':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_delete on webhook_request':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_delete on webhook_secret':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_delete on webhook_source':
      "delete restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_insert on access_key':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_insert on building':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_insert on building_regime':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_insert on correction':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['readings.correct'::text]) AS app_whole)",
    'policy asks_insert on dead_letter':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_insert on gateway':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_insert on gateway_certificate':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_insert on gateway_key':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_insert on gateway_token':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_insert on handover':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on handover_reading':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on hub_key':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_insert on import_fault':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_insert on import_mapping':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_insert on import_run':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_insert on installation':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_insert on lease':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on lease_person':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on lease_rent':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on lease_room':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on lease_service':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_insert on manual_reading':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy asks_insert on meter':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_insert on onboarding_run':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text, 'places.manage'::text, 'meters.manage'::text, 'leases.manage'::text]) AS app_whole)",
    'policy asks_insert on organisation':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['organisation.manage'::text, 'organisations.manage'::text]) AS app_whole)",
    'policy asks_insert on party':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text, 'people.invite'::text]) AS app_whole)",
    'policy asks_insert on place':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_insert on place_outage':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_insert on point':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_insert on point_source':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text, 'gateways.manage'::text, 'sources.manage'::text]) AS app_whole)",
    'policy asks_insert on reading_conflict':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['readings.correct'::text]) AS app_whole)",
    'policy asks_insert on reading_photo':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy asks_insert on register_epoch':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on sign_in_limit':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_insert on suspect':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on usage_audit':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on usage_day':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on usage_failure':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on usage_hour':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on usage_point':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on usage_revision':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_insert on webhook_request':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_insert on webhook_secret':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_insert on webhook_source':
      "insert restrictive to meterline_app check ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_update on access_key':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_update on building':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_update on building_regime':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_update on correction':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['readings.correct'::text]) AS app_whole)",
    'policy asks_update on dead_letter':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_update on gateway':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_update on gateway_certificate':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_update on gateway_key':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_update on gateway_token':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['gateways.manage'::text]) AS app_whole)",
    'policy asks_update on handover':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on handover_reading':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on hub_key':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_update on import_fault':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_update on import_mapping':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_update on import_run':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text]) AS app_whole)",
    'policy asks_update on installation':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_update on lease':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on lease_person':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on lease_rent':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on lease_room':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on lease_service':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text]) AS app_whole)",
    'policy asks_update on manual_reading':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy asks_update on meter':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_update on onboarding_run':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['imports.manage'::text, 'places.manage'::text, 'meters.manage'::text, 'leases.manage'::text]) AS app_whole)",
    'policy asks_update on organisation':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['organisation.manage'::text, 'organisations.manage'::text]) AS app_whole)",
    'policy asks_update on party':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['leases.manage'::text, 'people.invite'::text]) AS app_whole)",
    'policy asks_update on person_key':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_update on place':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_update on place_outage':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['places.manage'::text]) AS app_whole)",
    'policy asks_update on point':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text]) AS app_whole)",
    'policy asks_update on point_source':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['meters.manage'::text, 'gateways.manage'::text, 'sources.manage'::text]) AS app_whole)",
    'policy asks_update on reading_conflict':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['readings.correct'::text]) AS app_whole)",
    'policy asks_update on reading_photo':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy asks_update on register_epoch':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on sign_in_limit':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['*'::text]) AS app_whole)",
    'policy asks_update on suspect':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on usage_audit':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on usage_day':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on usage_failure':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on usage_hour':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on usage_point':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on usage_revision':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['usage.decide'::text]) AS app_whole)",
    'policy asks_update on webhook_request':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_update on webhook_secret':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy asks_update on webhook_source':
      "update restrictive to meterline_app using true check ( SELECT app_whole(VARIADIC ARRAY['sources.manage'::text]) AS app_whole)",
    'policy changes on membership':
      "update to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('people.manage'::text) AS app_may)) check (organisation_id = ( SELECT app_org() AS app_org))",
    'policy everybody_reads on evidence_name': 'select to public using true',
    'policy everybody_reads on quality_name': 'select to public using true',
    'policy everybody_reads on register_name': 'select to public using true',
    'policy everybody_reads on schema_migration': 'select to public using true',
    'policy extent on batch':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy extent on building':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('building'::text) AS app_own)::uuid[])))",
    'policy extent on building_regime':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole)",
    'policy extent on command_result':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on correction':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy extent on dead_letter':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on gateway':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole)",
    'policy extent on gateway_certificate':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on gateway_contact':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on gateway_key':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on gateway_state':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on gateway_token':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on handover':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('handover'::text) AS app_own)::uuid[])))",
    'policy extent on handover_reading':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR ((handover_id = ANY (( SELECT app_own('handover'::text) AS app_own)::uuid[])) AND (point_id = ANY (( SELECT app_own('point'::text) AS app_own)::uuid[]))))",
    'policy extent on held_reading':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on import_fault':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.read'::text, 'imports.manage'::text]) AS app_whole)",
    'policy extent on import_mapping':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.read'::text, 'imports.manage'::text]) AS app_whole)",
    'policy extent on import_run':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.read'::text, 'imports.manage'::text]) AS app_whole)",
    'policy extent on installation':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('installation'::text) AS app_own)::uuid[])))",
    'policy extent on journal':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on journal_restart':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on lease':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('lease'::text) AS app_own)::uuid[])))",
    'policy extent on lease_person':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (party_id = ANY (( SELECT app_own('party'::text) AS app_own)::uuid[])))",
    'policy extent on lease_rent':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (((lease_id || ' '::text) || (from_day - '1970-01-01'::date)) = ANY (( SELECT app_own_rents() AS app_own_rents)::text[])))",
    'policy extent on lease_room':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('stay'::text) AS app_own)::uuid[])))",
    'policy extent on lease_service':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('service'::text) AS app_own)::uuid[])))",
    'policy extent on manual_reading':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text]) AS app_whole)",
    'policy extent on meter':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('meter'::text) AS app_own)::uuid[])))",
    'policy extent on onboarding_run':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['imports.read'::text, 'imports.manage'::text, 'places.manage'::text, 'meters.manage'::text, 'leases.manage'::text]) AS app_whole)",
    'policy extent on party':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['leases.read'::text, 'leases.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('party'::text) AS app_own)::uuid[])))",
    'policy extent on place':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('place'::text) AS app_own)::uuid[])))",
    'policy extent on place_outage':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole)",
    'policy extent on point':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('point'::text) AS app_own)::uuid[])))",
    'policy extent on point_source':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text, 'leases.read'::text, 'leases.manage'::text, 'imports.read'::text, 'imports.manage'::text, 'sources.read'::text, 'sources.manage'::text, 'places.read'::text, 'places.manage'::text, 'meters.read'::text, 'meters.manage'::text]) AS app_whole)",
    'policy extent on reading_conflict':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on reading_photo':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'leases.manage'::text]) AS app_whole)",
    'policy extent on refusal_count':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text, 'readings.read'::text, 'readings.write'::text, 'readings.correct'::text, 'gateways.read'::text, 'gateways.manage'::text]) AS app_whole)",
    'policy extent on register_epoch':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole) OR (id = ANY (( SELECT app_own('epoch'::text) AS app_own)::uuid[])))",
    'policy extent on suspect':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole) OR (( SELECT app_own_quarters() AS app_own_quarters) @> (((point)::bigint << 32) + (floor((date_part('epoch'::text, from_at) / (900)::double precision)))::bigint)))",
    'policy extent on usage_audit':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole)",
    'policy extent on usage_day':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole) OR (( SELECT app_own_days() AS app_own_days) @> (((point)::bigint << 32) + (day - '1970-01-01'::date))))",
    'policy extent on usage_failure':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole)",
    'policy extent on usage_hour':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole) OR (( SELECT app_own_quarters() AS app_own_quarters) @> int8range((((point)::bigint << 32) + ((date_part('epoch'::text, hour) / (900)::double precision))::bigint), ((((point)::bigint << 32) + ((date_part('epoch'::text, hour) / (900)::double precision))::bigint) + 4))))",
    'policy extent on usage_point':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole)",
    'policy extent on usage_revision':
      "select restrictive to meterline_app using (( SELECT app_whole(VARIADIC ARRAY['usage.read'::text, 'usage.decide'::text]) AS app_whole) OR (( SELECT app_own_quarters() AS app_own_quarters) @> int8range((((point)::bigint << 32) + ((date_part('epoch'::text, hour) / (900)::double precision))::bigint), ((((point)::bigint << 32) + ((date_part('epoch'::text, hour) / (900)::double precision))::bigint) + 4))))",
    'policy extent on webhook_secret':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['sources.read'::text, 'sources.manage'::text]) AS app_whole)",
    'policy extent on webhook_source':
      "select restrictive to meterline_app using ( SELECT app_whole(VARIADIC ARRAY['sources.read'::text, 'sources.manage'::text]) AS app_whole)",
    'policy joins on membership':
      "insert to meterline_app check ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('people.manage'::text) AS app_may))",
    'policy of_organisation on api_key':
      "all to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('keys.manage'::text) AS app_may)) check ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('keys.manage'::text) AS app_may))",
    'policy of_organisation on consent':
      "select to meterline_app, meterline_readonly using ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('people.read'::text) AS app_may))",
    'policy of_organisation on invitation':
      "all to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('people.invite'::text) AS app_may)) check ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('people.invite'::text) AS app_may))",
    'policy of_organisation on membership':
      "select to meterline_app, meterline_readonly using ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('people.read'::text) AS app_may))",
    'policy of_organisation on person':
      "select to meterline_app, meterline_readonly using (( SELECT app_may('people.read'::text) AS app_may) AND (EXISTS ( SELECT FROM membership m WHERE ((m.organisation_id = ( SELECT app_org() AS app_org)) AND (m.person_id = person.id) AND (m.forgotten_at IS NULL)))))",
    'policy of_organisation on person_contact':
      "select to meterline_app, meterline_readonly using (( SELECT app_may('people.read'::text) AS app_may) AND (EXISTS ( SELECT FROM membership m WHERE ((m.organisation_id = ( SELECT app_org() AS app_org)) AND (m.person_id = person_contact.person_id) AND (m.forgotten_at IS NULL)))))",
    'policy of_the_platform on access_key': 'all to meterline_app using true check true',
    'policy of_the_platform on hub_key': 'all to meterline_app using true check true',
    'policy of_the_platform on sign_in_limit': 'all to meterline_app using true check true',
    'policy own on consent':
      'all to meterline_app using (person_id = ( SELECT app_person() AS app_person)) check (person_id = ( SELECT app_person() AS app_person))',
    'policy own on membership':
      'select to meterline_app, meterline_readonly using (person_id = ( SELECT app_person() AS app_person))',
    'policy own on person':
      'all to meterline_app using (id = ( SELECT app_person() AS app_person)) check (id = ( SELECT app_person() AS app_person))',
    'policy own on person_contact':
      'all to meterline_app using (person_id = ( SELECT app_person() AS app_person)) check (person_id = ( SELECT app_person() AS app_person))',
    'policy own on person_credential':
      'all to meterline_app using (person_id = ( SELECT app_person() AS app_person)) check (person_id = ( SELECT app_person() AS app_person))',
    'policy own on person_link':
      'all to meterline_app using (person_id = ( SELECT app_person() AS app_person)) check (person_id = ( SELECT app_person() AS app_person))',
    'policy own on refresh_token':
      'all to meterline_app using (person_id = ( SELECT app_person() AS app_person)) check (person_id = ( SELECT app_person() AS app_person))',
    'policy own on session':
      'all to meterline_app using (person_id = ( SELECT app_person() AS app_person)) check (person_id = ( SELECT app_person() AS app_person))',
    'policy own_leases on building':
      "select to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND (id = ANY (( SELECT app_own('building'::text) AS app_own)::uuid[])))",
    'policy own_leases on installation':
      "select to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND (id = ANY (( SELECT app_own('installation'::text) AS app_own)::uuid[])))",
    'policy own_leases on meter':
      "select to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND (id = ANY (( SELECT app_own('meter'::text) AS app_own)::uuid[])))",
    'policy own_leases on place':
      "select to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND (id = ANY (( SELECT app_own('place'::text) AS app_own)::uuid[])))",
    'policy own_leases on point':
      "select to meterline_app using ((organisation_id = ( SELECT app_org() AS app_org)) AND (id = ANY (( SELECT app_own('point'::text) AS app_own)::uuid[])))",
    'policy own_organisation on audit_checkpoint':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on audit_entry':
      "select to meterline_app, meterline_readonly using ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('audit.read'::text) AS app_may))",
    'policy own_organisation on audit_seal':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on batch':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on building':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on building_regime':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on command_result':
      'select to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on consent_document':
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
    'policy own_organisation on handover':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on handover_reading':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
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
    'policy own_organisation on lease':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on lease_person':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on lease_rent':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on lease_room':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on lease_service':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on manual_reading':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on meter':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on onboarding_run':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on organisation':
      'all to meterline_app, meterline_readonly using (id = ( SELECT app_org() AS app_org)) check (id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on outbox':
      'insert to meterline_app, meterline_ingest check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on party':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on person_key':
      'all to meterline_app using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on place':
      'all to meterline_app, meterline_readonly using (organisation_id = ( SELECT app_org() AS app_org)) check (organisation_id = ( SELECT app_org() AS app_org))',
    'policy own_organisation on place_outage':
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
    'policy publishes on consent_document':
      "insert to meterline_app check ((organisation_id = ( SELECT app_org() AS app_org)) AND ( SELECT app_may('organisation.manage'::text) AS app_may))",
    'policy what_has_run_out on hub_key':
      "delete to meterline_app using ((purpose <> 'authority'::text) AND (not_after < now()))",
    'policy writes on audit_entry':
      'insert to meterline_app check (organisation_id = ( SELECT app_org() AS app_org))',
    'table access_key': 'row security on, owner meterline_owner',
    'table api_key': 'row security on, owner meterline_owner',
    'table audit_checkpoint': 'row security on, owner meterline_owner',
    'table audit_entry': 'row security on, owner meterline_owner',
    'table audit_pending': 'row security on, owner meterline_owner',
    'table audit_round': 'row security on, owner meterline_owner',
    'table audit_seal': 'row security on, owner meterline_owner',
    'table audit_sealer': 'row security on, owner meterline_owner',
    'table batch': 'row security on, owner meterline_owner',
    'table building': 'row security on, owner meterline_owner',
    'table building_regime': 'row security on, owner meterline_owner',
    'table command_result': 'row security on, owner meterline_owner',
    'table consent': 'row security on, owner meterline_owner',
    'table consent_document': 'row security on, owner meterline_owner',
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
    'table handover': 'row security on, owner meterline_owner',
    'table handover_reading': 'row security on, owner meterline_owner',
    'table held_reading': 'row security on, owner meterline_owner',
    'table hub_key': 'row security on, owner meterline_owner',
    'table import_fault': 'row security on, owner meterline_owner',
    'table import_mapping': 'row security on, owner meterline_owner',
    'table import_run': 'row security on, owner meterline_owner',
    'table installation': 'row security on, owner meterline_owner',
    'table invitation': 'row security on, owner meterline_owner',
    'table journal': 'row security on, owner meterline_owner',
    'table journal_gap': 'row security on, owner meterline_owner',
    'table journal_restart': 'row security on, owner meterline_owner',
    'table lease': 'row security on, owner meterline_owner',
    'table lease_person': 'row security on, owner meterline_owner',
    'table lease_rent': 'row security on, owner meterline_owner',
    'table lease_room': 'row security on, owner meterline_owner',
    'table lease_service': 'row security on, owner meterline_owner',
    'table manual_reading': 'row security on, owner meterline_owner',
    'table membership': 'row security on, owner meterline_owner',
    'table meter': 'row security on, owner meterline_owner',
    'table onboarding_run': 'row security on, owner meterline_owner',
    'table organisation': 'row security on, owner meterline_owner',
    'table outbox': 'row security on, owner meterline_owner',
    'table party': 'row security on, owner meterline_owner',
    'table person': 'row security on, owner meterline_owner',
    'table person_contact': 'row security on, owner meterline_owner',
    'table person_credential': 'row security on, owner meterline_owner',
    'table person_key': 'row security on, owner meterline_owner',
    'table person_link': 'row security on, owner meterline_owner',
    'table place': 'row security on, owner meterline_owner',
    'table place_outage': 'row security on, owner meterline_owner',
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
    'table refresh_token': 'row security on, owner meterline_owner',
    'table refusal_count': 'row security on, owner meterline_owner',
    'table register_epoch': 'row security on, owner meterline_owner',
    'table register_name': 'row security on, owner meterline_owner',
    'table schema_lock': 'row security on, owner meterline_owner',
    'table schema_migration': 'row security on, owner meterline_owner',
    'table session': 'row security on, owner meterline_owner',
    'table sign_in_limit': 'row security on, owner meterline_owner',
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
    'trigger append_only on building_regime':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.building_regime FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger append_only on consent_document':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.consent_document FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on correction':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.correction FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on manual_reading':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.manual_reading FOR EACH ROW EXECUTE FUNCTION refuse_change()',
    'trigger append_only on onboarding_run':
      'on, CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON public.onboarding_run FOR EACH ROW EXECUTE FUNCTION refuse_change()',
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
    'trigger forgotten_for_good on person':
      'on, CREATE TRIGGER forgotten_for_good BEFORE UPDATE ON public.person FOR EACH ROW EXECUTE FUNCTION person_stays_forgotten()',
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
    'trigger never_truncated on consent_document':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.consent_document FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on correction':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.correction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on manual_reading':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.manual_reading FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on onboarding_run':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.onboarding_run FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on person_key':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.person_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on reading_photo':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.reading_photo FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on usage_audit':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.usage_audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger never_truncated on usage_revision':
      'on, CREATE TRIGGER never_truncated BEFORE TRUNCATE ON public.usage_revision FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
    'trigger no_circle on meter':
      'on, CREATE TRIGGER no_circle BEFORE UPDATE OF parent_meter_id ON public.meter FOR EACH ROW WHEN (((new.parent_meter_id IS NOT NULL) AND (new.parent_meter_id IS DISTINCT FROM old.parent_meter_id))) EXECUTE FUNCTION refuse_meter_circle()',
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
