# isort: skip_file
# A model comes after those it inherits from.
from . import billing_connection
from . import billing_drain
from . import billing_trace
from . import billing_event
from . import billing_issue
from . import billing_replay
from . import mapping
from . import catalog_mapping
from . import tax_mapping
from . import saas_subscription
from . import saas_subscription_item
from . import saas_subscription_change
from . import account_move
from . import account_move_line
from . import account_payment
from . import opening_fact
from . import opening_position
from . import billing_connection_opening
from . import billing_issue_opening
from . import res_partner
from . import reconciliation_run
from . import reconciliation_billed
from . import reconciliation_collected
from . import reconciliation_line
from . import digest_digest
from . import reconciliation_opening
