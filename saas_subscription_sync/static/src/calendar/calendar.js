import { Component, onWillStart, useEffect, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatMonetary } from "@web/views/fields/formatters";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const MODEL = "saas.reconciliation.day";
/** State → sign in the square and look; the sign tells it where colours do not. */
const LOOKS = {
    green: { sign: "✓", look: "text-bg-success" },
    explained: { sign: "≈", look: "text-bg-info" },
    amber: { sign: "!", look: "text-bg-warning" },
    red: { sign: "✕", look: "text-bg-danger" },
    none: { sign: "·", look: "o_saas_not_read" },
};
/** Key → days that the focus moves by; a month is a row. */
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const ROWS = { ArrowUp: -1, ArrowDown: 1 };
const PLACES = ["told", "inbox", "booked"];

/** A year of one connection, a square per day: provider ↔ inbox ↔ books. */
export class ReconciliationCalendar extends Component {
    static template = "saas_subscription_sync.ReconciliationCalendar";
    static components = { Layout };
    static props = { ...standardActionServiceProps };
    static path = "saas-calendar";
    static displayName = _t("Green Calendar");

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.grid = useRef("grid");
        this.panel = useRef("panel");
        // On a phone the year is longer than the screen.
        useEffect(
            () => {
                this.panel.el?.scrollIntoView({ block: "nearest" });
            },
            () => [this.state.day, this.state.behind]
        );
        this.places = PLACES;
        this.looks = LOOKS;
        this.display = { controlPanel: {} };
        this.state = useState({ year: { connections: [], months: [] }, day: null, behind: null });
        onWillStart(async () => {
            const fields = await this.orm.call(MODEL, "fields_get", [["kind"]]);
            this.kinds = Object.fromEntries(fields.kind.selection);
            const { connection_id, last_month } = this.props.action.params || {};
            await this.load(connection_id, last_month);
        });
    }

    async load(connectionId, lastMonth = false) {
        this.state.year = await this.orm.call(MODEL, "get_calendar", [connectionId, lastMonth]);
        // The address leads back to the same squares.
        const { connection, last_month } = this.state.year;
        this.props.updateActionState({ connection_id: connection || undefined, last_month });
        this.close();
        const days = this.state.year.months.flatMap((month) => month.days);
        this.state.focus = days.at(-1)?.day;
    }

    close() {
        this.state.day = null;
        this.state.behind = null;
    }

    move(months) {
        const last = deserializeDate(this.state.year.last_month).plus({ months });
        return this.load(this.state.year.connection, last.toISODate());
    }

    onSelect(ev) {
        return this.load(Number(ev.target.value), this.state.year.last_month);
    }

    get isLast() {
        const { last_month, today } = this.state.year;
        return last_month?.slice(0, 7) >= today?.slice(0, 7);
    }

    // ── squares ──────────────────────────────────────────────────────────────────────────────

    number(day) {
        return Number(day.day.slice(8));
    }

    month(month) {
        return deserializeDate(month.month).toFormat("LLL yyyy");
    }

    date(day) {
        return formatDate(deserializeDate(day.day));
    }

    money(amount, currencyId) {
        return currencyId ? formatMonetary(amount, { currencyId }) : "";
    }

    figures([count, amount], row) {
        return `${count} · ${this.money(amount, row.currency)}`;
    }

    footnote(difference) {
        const { state, owner, reason } = difference;
        return [state, owner, reason].filter(Boolean).join(" · ");
    }

    describe(day) {
        const rows = day.rows
            .filter((row) => row.currency)
            .map((row) => `${this.kinds[row.kind]} ${this.figures(row.told, row)}`);
        const nothing = day.state === "none" ? [] : [_t("nothing happened")];
        const what = rows.length ? rows : nothing;
        return [`${this.date(day)}: ${this.state.year.states[day.state]}`, ...what].join(" – ");
    }

    onKeydown(ev, day) {
        const days = this.state.year.months.flatMap((month) => month.days);
        let target;
        if (ev.key in STEPS) {
            target = days[days.indexOf(day) + STEPS[ev.key]];
        } else if (ev.key in ROWS) {
            const months = this.state.year.months;
            const row = months.findIndex((month) => month.days.includes(day)) + ROWS[ev.key];
            target = months[row]?.days[Math.min(this.number(day), months[row].days.length) - 1];
        } else if (ev.key === "Escape") {
            this.close();
        }
        if (target) {
            ev.preventDefault();
            this.state.focus = target.day;
            this.grid.el.querySelector(`[data-day='${target.day}']`).focus();
        }
    }

    async open(day) {
        this.state.focus = day.day;
        this.state.day = day;
        this.state.behind = null;
        const { connection } = this.state.year;
        const behind = await this.orm.call(MODEL, "get_day", [connection, day.day]);
        if (this.state.day?.day === day.day) {
            this.state.behind = behind;
        }
    }

    // ── what is behind ───────────────────────────────────────────────────────────────────────

    openRecord(model, id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openDayDifferences() {
        return this.openRows(
            "saas.reconciliation.difference",
            _t("Differences of %s", this.date(this.state.day)),
            [
                ["connection_id", "=", this.state.year.connection],
                ["day", "=", this.state.day.day],
                ["state", "!=", "gone"],
            ]
        );
    }

    openUnplaced(month) {
        return this.openRows(
            "saas.reconciliation.difference",
            _t("Differences of %s as a whole", this.month(month)),
            [
                ["connection_id", "=", this.state.year.connection],
                ["day", "=", false],
                ["state", "=", "open"],
                ["month", "=", month.month],
            ]
        );
    }

    openTotals() {
        return this.openRows(MODEL, _t("Control Totals of %s", this.date(this.state.day)), [
            ["connection_id", "=", this.state.year.connection],
            ["day", "=", this.state.day.day],
        ]);
    }

    openRows(model, name, domain) {
        const kinds = model === MODEL ? ["list"] : ["list", "form"];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            domain,
            views: kinds.map((kind) => [false, kind]),
        });
    }

    reconcile() {
        return this.action.doAction("saas_subscription_sync.action_reconciliation_run");
    }
}

registry.category("actions").add("saas_reconciliation_calendar", ReconciliationCalendar);
