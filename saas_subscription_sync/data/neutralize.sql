-- A copied database tells nobody: what waits would reach real subscribers a second time.
UPDATE saas_feed_subscriber SET active = false, secret_ref = 'env:', secret_previous_ref = NULL;
