// The views: how each does, and the rows of one of them.
import * as api from "./api.js";
import { lagChart } from "./chart.js";
import { $, count, duration, h, often } from "./dom.js";
import { shortly } from "./json.js";
import { known, on } from "./live.js";

const pageSize = 50;
const most = 500; // rows that are kept up to date on the page

/** viewCard says how a view does. */
export function viewCard(view, height) {
  const chart = lagChart(view, height);
  const behind = h("dd"), last = h("dd"), seen = h("dd");
  const pill = h("span", { class: "pill" });
  const element = h("section", { class: "card view-card", "aria-label": `View ${view}`, "data-view": view },
    h("header", {}, h("h2", {}, h("a", { href: `#/view/${encodeURIComponent(view)}` }, view)), pill),
    h("div", { class: "in" }, chart.element, h("dl", {},
      h("div", {}, h("dt", {}, "last lag"), last), h("div", {}, h("dt", {}, "keys behind"), behind), h("div", {}, h("dt", {}, "steps"), seen))));
  const draw = () => {
    const pulses = known.history.map((s) => s.views[view]).filter(Boolean);
    const p = pulses.at(-1) ?? { behind: 0, seen: 0 };
    const parked = [...known.parked].filter((k) => k.startsWith(`${view}\n`)).length;
    chart.draw();
    last.textContent = duration(pulses.findLast((x) => x.lag !== undefined)?.lag);
    behind.textContent = p.behind.toLocaleString("en");
    seen.textContent = p.seen.toLocaleString("en");
    pill.className = `pill ${parked ? "bad" : p.behind ? "late" : "good"}`;
    pill.textContent = parked ? `${count(parked, "key")} parked` : p.behind ? "behind" : "up to date";
  };
  draw();
  return { element, draw };
}

export function views(main) {
  let cards = [];
  const box = h("div", { class: "standings" });
  const fill = () => {
    cards = known.views.map((name) => viewCard(name));
    box.replaceChildren(...cards.map((c) => c.element));
    if (!cards.length) box.replaceChildren(h("div", { class: "empty" }, h("strong", {}, "This application has no views")));
  };
  fill();
  main.replaceChildren(h("div", { class: "page-head" }, h("h1", { tabindex: "-1" }, "Views"),
    h("p", { class: "quiet" }, "Lag: from an event’s append until the view has it, over the last two minutes")), box);
  const stops = [on("hello", fill), on("pulse", () => cards.forEach((c) => c.draw()))];
  return () => stops.forEach((s) => s());
}

/** view is the page of one view: its rows. */
export function view(main, name) {
  const card = viewCard(name, 120);
  const table = rowTable(name);
  main.replaceChildren(h("div", { class: "page-head" }, h("h1", { tabindex: "-1" }, name), table.orders), card.element, table.element);
  $("h2", card.element).replaceChildren("Lag, over the last two minutes");
  table.element.style.marginTop = "20px";
  const stops = [on("pulse", card.draw), on("standing", table.heard), on("hello", table.reload), on("missed", table.reload)];
  return () => { table.stop(); stops.forEach((s) => s()); };
}

function rowTable(name) {
  let columns = [], order = "", next = "", rows = [], stopped = false;
  const shownRows = new Map(); // id → the text it is shown as
  const body = h("tbody"), head = h("thead");
  const more = h("button", { type: "button", class: "plain small" }, "More rows");
  const moreBox = h("div", { class: "more", hidden: true }, more);
  const empty = h("div", { class: "empty", hidden: true }, h("strong", {}, "No rows yet"), h("p", {}, "A row comes to be with the first event that this view wants."));
  const figure = h("span", { class: "quiet" });
  const box = h("div", { class: "rows-box", tabindex: "0", role: "region", "aria-label": `Rows of ${name}` }, h("table", { class: "rows" }, head, body));
  const element = h("section", { class: "card", "aria-label": "Rows" }, h("header", {}, h("h2", {}, "Rows"), figure), box, empty, moreBox);

  const fetchPage = (token, limit) => api.rows(name, token ? { next: token } : { limit, ...(order ? { order } : {}) });
  const draw = () => {
    columns = [...new Set(rows.slice(0, 100).flatMap((r) => Object.keys(r.row)))].slice(0, 8);
    head.replaceChildren(h("tr", {}, ...["id", "revision", ...columns].map((c) => h("th", { scope: "col", class: c !== "id" && numeric(c) ? "number" : null }, c))));
    body.replaceChildren(...rows.map(line));
    shownRows.clear();
    for (const r of rows) shownRows.set(r.id, JSON.stringify(r));
    empty.hidden = rows.length > 0;
    box.hidden = rows.length === 0;
    moreBox.hidden = !next;
    figure.textContent = rows.length ? count(rows.length, "row") + (next ? " and more" : "") : "";
  };
  const numeric = (c) => c === "revision" || rows.slice(0, 20).every((r) => ["number", "undefined"].includes(typeof r.row[c]));
  const line = (r) => {
    const was = shownRows.get(r.id);
    return h("tr", { class: shownRows.size && was !== JSON.stringify(r) ? "changed" : null, "data-id": r.id },
      h("td", {}, h("a", { href: `#/key/${encodeURIComponent(r.id)}` }, r.id)), h("td", { class: "number" }, r.revision ?? ""),
      ...columns.map((c) => h("td", { class: numeric(c) ? "number" : null }, typeof r.row[c] === "string" ? r.row[c] : r.row[c] === undefined ? "" : shortly(r.row[c]))));
  };
  const reload = async () => {
    let all = [], token = "";
    do {
      const page = await fetchPage(token, pageSize);
      all = all.concat(page.rows);
      token = page.next ?? "";
    } while (token && all.length < Math.min(most, rows.length || 1));
    if (stopped) return;
    [rows, next] = [all, token];
    draw();
  };
  const again = often(() => reload().catch((problem) => { figure.textContent = problem.message; }), 600);
  more.addEventListener("click", async () => {
    const page = await fetchPage(next);
    rows = rows.concat(page.rows);
    next = page.next ?? "";
    draw();
  });
  const orders = h("span", { class: "segments", role: "group", "aria-label": "Order of the rows", hidden: true });
  const choose = (value) => { order = value; rows = []; shownRows.clear(); drawOrders(); again(); };
  const drawOrders = () => orders.replaceChildren(...[["desc", "highest first"], ["asc", "lowest first"]].map(([value, text]) =>
    h("button", { type: "button", "aria-pressed": String(order === value), onclick: () => choose(value) }, text)));
  const start = () => {
    const { ranked = false } = known.kinds.get(name) ?? {};
    orders.hidden = !ranked;
    if (ranked && !order) choose("desc");
    else again();
  };
  if (known.kinds.size) start();
  return { element, orders, reload: start, stop: () => { stopped = true; }, heard: (all) => { if (all.some((at) => at.view === name)) again(); } };
}
