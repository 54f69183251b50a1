"""2020-08-27 to 2024-06-20: versions named by their date alone.

What they changed among themselves (`payment_intent.charges`, `charge.refunds`,
`invoice.rendering_options`, `product.features`) is nothing we read, nor is what acacia changed.
"""

SINCE = "2020-08-27"
UPGRADES = {}
