-- A copied database must not act on real accounts: secrets are only references, which a copy on the
-- same server could still resolve, so the references go and the connections are archived.
UPDATE saas_billing_connection
   SET active = false,
       webhook_secret_ref = NULL,
       webhook_secret_previous_ref = NULL,
       webhook_secret_previous_until = NULL,
       read_key_ref = NULL,
       write_key_ref = NULL;
