import { Component, xml } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A month that is kept as its first day, as the reader's language writes months. */
export class MonthField extends Component {
    static template = xml`<span t-esc="text"/>`;
    static props = { ...standardFieldProps };

    get text() {
        const day = this.props.record.data[this.props.name];
        return day ? day.toLocaleString({ month: "short", year: "numeric" }) : "";
    }
}

registry.category("fields").add("saas_month", {
    component: MonthField,
    displayName: _t("Month"),
    supportedTypes: ["date"],
});
