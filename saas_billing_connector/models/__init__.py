from . import billing_connection
from . import billing_event
from . import billing_attempt
from . import billing_issue
from . import billing_link
from . import billing_trace
from . import billing_handler
from . import billing_drain
