from . import revenue_audit_pack, revenue_trace
