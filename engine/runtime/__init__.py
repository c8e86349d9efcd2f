"""What happens, when: ingest, alarms, backfill, feed."""
