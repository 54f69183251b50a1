import { Component, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";

/**
 * A bar or line chart in the colours of the text around it, so that it follows the colour scheme.
 * It is a picture of a table that stands beside it: those who do not see it lose nothing.
 */
export class CockpitChart extends Component {
    static template = "saas_deferred_revenue.CockpitChart";
    static props = {
        type: { validate: (type) => ["bar", "line"].includes(type) },
        labels: { type: Array, element: String },
        values: { type: Array, element: Number },
        description: String,
        format: Function,
        hasAxes: { type: Boolean, optional: true },
        onPick: { type: Function, optional: true },
    };

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => {
                this.draw();
            },
            () => [this.props.labels.join(), this.props.values.join()]
        );
        onWillUnmount(() => {
            this.isGone = true;
            this.chart?.destroy();
        });
    }

    async draw() {
        await loadBundle("web.chartjs_lib");
        if (!this.isGone) {
            this.chart?.destroy();
            this.chart = new Chart(this.canvas.el, this.getConfig());
        }
    }

    getConfig() {
        const color = getComputedStyle(this.canvas.el).color;
        const muted = getComputedStyle(this.canvas.el.closest(".o_saas_cockpit")).color;
        const pale = (share) => color.replace("rgb(", "rgba(").replace(")", `, ${share})`);
        const { type, labels, values, format, hasAxes, onPick } = this.props;
        const axis = { display: Boolean(hasAxes), border: { display: false } };
        return {
            type,
            data: {
                labels,
                datasets: [
                    {
                        data: values,
                        borderColor: color,
                        backgroundColor: pale(type === "bar" ? 0.85 : 0.12),
                        borderWidth: type === "bar" ? 0 : 2,
                        fill: type === "line" && "origin",
                        pointRadius: values.map((_value, at) =>
                            at === values.length - 1 ? 3 : 0
                        ),
                        pointBackgroundColor: color,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                layout: { padding: hasAxes ? 0 : 4 },
                interaction: { intersect: false, mode: "index" },
                onClick: (_event, picked) => onPick && picked.length && onPick(picked[0].index),
                plugins: {
                    legend: { display: false },
                    tooltip: {
                        displayColors: false,
                        callbacks: { label: (item) => format(item.raw) },
                    },
                },
                scales: {
                    x: { ...axis, grid: { display: false }, ticks: { color: muted } },
                    y: {
                        ...axis,
                        ticks: { color: muted, maxTicksLimit: 5, callback: (value) => format(value, true) },
                        grid: { color: pale(0.15) },
                    },
                },
            },
        };
    }
}
