# The official image with this project's Python requirements and its addons.
FROM odoo:19.0

USER root
COPY requirements.txt /tmp/requirements.txt
RUN pip3 install --no-cache-dir --break-system-packages -r /tmp/requirements.txt
COPY saas_billing_connector /mnt/extra-addons/saas_billing_connector
COPY saas_subscription_sync /mnt/extra-addons/saas_subscription_sync
COPY saas_deferred_revenue /mnt/extra-addons/saas_deferred_revenue
COPY saas_subscription_crm /mnt/extra-addons/saas_subscription_crm
COPY saas_deferred_revenue_dashboard /mnt/extra-addons/saas_deferred_revenue_dashboard
COPY odoo.conf /etc/odoo/odoo.conf
USER odoo
