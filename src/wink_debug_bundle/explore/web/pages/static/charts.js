// Draw the charts of a page: each figure names its specification and its rows, or holds both.
//
// Vega evaluates its expressions from syntax trees (`ast`), because the page's policy allows no code made of text, and
// it can load nothing: its loader refuses every address.
(() => {
    "use strict";

    const refuse = () => Promise.reject(new Error("a chart loads nothing"));
    const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const OTHER = "#8a94a3";

    function theme(figure) {
        const style = getComputedStyle(figure);
        const ink = style.getPropertyValue("--ink").trim() || style.color;
        const quiet = style.getPropertyValue("--quiet").trim() || ink;
        const line = style.getPropertyValue("--line").trim() || quiet;
        return {
            background: null,
            font: style.fontFamily,
            axis: { labelColor: quiet, titleColor: quiet, titleFontWeight: "normal", gridColor: line, gridOpacity: 0.7, domainColor: line, tickColor: line, labelFontSize: 12, titleFontSize: 12 },
            legend: { labelColor: ink, titleColor: quiet, labelFontSize: 12, symbolSize: 90 },
            style: { text: { fill: ink, fontSize: 12 }, cell: { stroke: null } },
            text: { fill: ink, fontSize: 12 },
        };
    }

    // The legend shows the values that occur; one that the specification does not know is grey.
    function limitColours(specification, rows) {
        const column = (specification.usermeta || {}).colour;
        const scale = (specification.scales || []).find((found) => found.name === "color");
        if (!column || !scale) return;
        const present = new Set(rows.map((row) => row[column]));
        const known = scale.domain.map((value, index) => [value, scale.range[index]]).filter(([value]) => present.has(value));
        const others = [...present].filter((value) => !scale.domain.includes(value)).map((value) => [value, OTHER]);
        scale.domain = [...known, ...others].map(([value]) => value);
        scale.range = [...known, ...others].map(([, colour]) => colour);
        for (const legend of specification.legends || []) delete legend.values;
    }

    // Vega-Lite gives texts a colour of their own, which is for light pages.
    function inheritInk(specification) {
        for (const mark of specification.marks) {
            const update = (mark.encode || {}).update || {};
            if (mark.type === "text" && (update.fill || {}).value === "black") delete update.fill;
        }
    }

    function draw(figure, given, rows) {
        const specification = structuredClone(given);
        const picture = figure.querySelector(".chart-picture");
        delete specification.background;
        specification.description = picture.getAttribute("aria-label");
        specification.data.find((data) => data.name === "rows").values = rows.map((row) => ({ ...row }));
        limitColours(specification, rows);
        inheritInk(specification);
        for (const legend of specification.legends || []) legend.columns = Math.max(2, Math.floor((picture.clientWidth - 140) / 100));
        const runtime = vega.parse(specification, theme(figure), { ast: true });
        const view = new vega.View(runtime, {
            expr: vega.expressionInterpreter,
            loader,
            renderer: "svg",
            container: picture,
            hover: false,
            logLevel: vega.Error,
        });
        view.initialize(picture);
        return view.runAsync();
    }

    function say(figure, text, kind) {
        const note = figure.querySelector(".chart-note");
        note.textContent = text;
        note.hidden = !text;
        figure.dataset.state = kind;
    }

    async function json(address) {
        const response = await fetch(address, { credentials: "same-origin" });
        const body = await response.json();
        if (!response.ok || body.ok === false) throw new Error(body.error || `status ${response.status}`);
        return body;
    }

    async function material(figure) {
        const held = figure.querySelector("script[type='application/json']");
        if (held) return JSON.parse(held.textContent);
        const [specification, rows] = await Promise.all([json(figure.dataset.chart), json(figure.dataset.rows)]);
        return { specification, rows };
    }

    async function show(figure) {
        try {
            const { specification, rows } = await material(figure);
            if (!rows.length) {
                figure.querySelector(".chart-picture").remove();
                say(figure, figure.dataset.empty, "empty");
                return;
            }
            let view = await draw(figure, specification, rows);
            say(figure, rows[0].note || "", "drawn");
            dark.addEventListener("change", async () => {
                view.finalize();
                view = await draw(figure, specification, rows);
            });
        } catch (error) {
            say(figure, `This chart could not be drawn: ${error.message}`, "failed");
        }
    }

    // One chart after the other, those on the screen first: the server answers other requests in between.
    const waiting = new Set(document.querySelectorAll("figure.chart"));
    const visible = new Set();
    let busy = false;

    async function next() {
        if (busy) return;
        busy = true;
        while (waiting.size) {
            const figure = [...waiting].find((found) => visible.has(found)) || [...waiting][0];
            waiting.delete(figure);
            await show(figure);
        }
        busy = false;
        document.documentElement.dataset.charts = "done";
    }

    const watcher = new IntersectionObserver((entries) => {
        for (const entry of entries) visible[entry.isIntersecting ? "add" : "delete"](entry.target);
        next();
    });
    for (const figure of waiting) watcher.observe(figure);
    next();
})();
