"""The outbound contract in plain Python: columns, envelope, signature, patience, sending."""
