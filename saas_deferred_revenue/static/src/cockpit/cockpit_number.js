import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

/** A number that opens the records behind it, or plain text where the user may not read them. */
export class CockpitNumber extends Component {
    static template = "saas_deferred_revenue.CockpitNumber";
    static props = {
        text: String,
        link: { type: [Object, Boolean], optional: true },
        /** What it is a number of, for those who hear only this. */
        of: { type: String, optional: true },
        /** Opens what its neighbour opens: the keyboard need not stop at both. */
        isAgain: { type: Boolean, optional: true },
        className: { type: String, optional: true },
    };

    setup() {
        this.action = useService("action");
    }
}
