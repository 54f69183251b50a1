"""What customers see of their own subscriptions under /my: nothing to change, nobody else's."""

from odoo import http
from odoo.addons.portal.controllers.portal import CustomerPortal, pager
from odoo.fields import Domain
from odoo.http import request


class SubscriptionPortal(CustomerPortal):
    """Reads as superuser, as customers have no access to the model, and within one domain."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "saas_subscription_count" in counters:
            subscriptions = self._get_subscriptions()
            values["saas_subscription_count"] = subscriptions.search_count(
                self._get_subscription_domain()
            )
        return values

    def _get_subscriptions(self):
        return request.env["saas.subscription"].sudo()

    def _get_subscription_domain(self):
        """The subscriptions of the user's own company, whoever of it is the customer."""
        own = request.env.user.partner_id.commercial_partner_id
        return Domain("partner_id", "child_of", own.ids)

    def _get_subscription_filters(self):
        ended = Domain("state", "in", ("cancelled", "expired"))
        return {
            "running": {"label": request.env._("Running"), "domain": ~ended},
            "ended": {"label": request.env._("Ended"), "domain": ended},
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
        }

    def _get_subscription_sortings(self):
        return {
            "started": {"label": request.env._("Newest"), "order": "started_at desc, id desc"},
            "period": {"label": request.env._("Next Period"), "order": "next_period_at, id"},
            "state": {"label": request.env._("Status"), "order": "state, id"},
        }

    @http.route(
        ["/my/subscriptions", "/my/subscriptions/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_subscriptions(self, page=1, sortby="started", filterby="all", **_kw):
        filters, sortings = self._get_subscription_filters(), self._get_subscription_sortings()
        sortby = sortby if sortby in sortings else "started"
        filterby = filterby if filterby in filters else "all"
        domain = self._get_subscription_domain() & filters[filterby]["domain"]
        subscriptions = self._get_subscriptions()
        pages = pager(
            url="/my/subscriptions",
            url_args={"sortby": sortby, "filterby": filterby},
            total=subscriptions.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        return request.render(
            "saas_subscription_sync.portal_my_subscriptions",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "subscription",
                "default_url": "/my/subscriptions",
                "subscriptions": subscriptions.search(
                    domain,
                    order=sortings[sortby]["order"],
                    limit=self._items_per_page,
                    offset=pages["offset"],
                ),
                "pager": pages,
                "searchbar_sortings": sortings,
                "searchbar_filters": filters,
                "sortby": sortby,
                "filterby": filterby,
            },
        )

    @http.route(
        "/my/subscriptions/<int:subscription_id>",
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_subscription(self, subscription_id, **_kw):
        domain = self._get_subscription_domain() & Domain("id", "=", subscription_id)
        subscription = self._get_subscriptions().search(domain)
        if not subscription:
            # The same for a foreign one and for none at all, as in Odoo's own pages.
            return request.redirect("/my")
        return request.render(
            "saas_subscription_sync.portal_my_subscription",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "subscription",
                "subscription": subscription,
                "invoices": self._get_subscription_invoices(subscription),
            },
        )

    def _get_subscription_invoices(self, subscription):
        """Its documents that the user may read, the newest first."""
        mine = self._get_subscription_domain() & Domain("state", "=", "posted")
        documents = subscription.invoice_ids.filtered_domain(mine)
        return documents.sorted(lambda each: (each.invoice_date, each.id), reverse=True)
