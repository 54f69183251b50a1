from . import (
    crm_lead,
    crm_subscription,
    res_company,
    res_config_settings,
    res_partner,
    saas_subscription,
)
