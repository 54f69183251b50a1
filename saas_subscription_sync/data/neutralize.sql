-- A copied database tells nobody: what waits would reach real subscribers a second time.
UPDATE saas_feed_subscriber SET active = false, secret_ref = 'env:', secret_previous_ref = NULL;
-- A copied database writes to no customer.
UPDATE saas_billing_connection
   SET failed_template_id = NULL,
       card_template_id = NULL,
       suspended_template_id = NULL,
       restored_template_id = NULL;
