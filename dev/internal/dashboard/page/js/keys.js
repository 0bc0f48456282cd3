// The keys at the side: search, order, and the list, which changes as events arrive.
import * as api from "./api.js";
import { $, age, count, h, often } from "./dom.js";
import { known, on } from "./live.js";
import { VirtualList } from "./virtual.js";

let list;
let selected = null;
let sort = "recent";
let searches = 0;
const changed = new Map(); // key → what came of it last

export function startKeys(open) {
  const find = $("#find");
  list = new VirtualList($("#keys"), { height: 54, fetch: fetchKeys, draw, open: (row) => open(row.key) });
  find.addEventListener("input", () => { list.at = -1; reload(true); });
  find.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown") { $("#keys").focus(); list.go(0); e.preventDefault(); }
    if (e.key === "Enter" && list.total > 0) list.open(Math.max(0, list.at));
    if (e.key === "Escape") { find.value = ""; reload(true); $("#main").focus(); }
  });
  for (const b of document.querySelectorAll("[data-sort]")) {
    b.addEventListener("click", () => {
      sort = b.dataset.sort;
      for (const other of document.querySelectorAll("[data-sort]")) other.setAttribute("aria-pressed", String(other === b));
      reload(true);
    });
  }
  const renew = often(() => { if ($("#keys").scrollTop < 54) reload(); else list.paint(); }, 400);
  const repaint = often(() => list.paint(), 100);
  on("commits", (commits) => {
    for (const c of commits) changed.set(c.key, { revision: c.revision + c.count - 1, type: c.types.at(-1), at: c.committedAt, until: Date.now() + 1600 });
    if (changed.size > 2000) changed.clear();
    repaint();
    renew();
  });
  on("standing", repaint);
  on("hello", () => reload());
  setInterval(() => list.paint(), 10000); // ages grow
}

/** select marks the key whose page is shown. */
export function select(key) {
  selected = key;
  list?.paint();
}

function reload(toTop = false) {
  return list.reload(toTop).catch(() => {}); // the state of the connection is told elsewhere
}

async function fetchKeys(offset, limit) {
  const q = $("#find").value.trim();
  const search = ++searches;
  const page = await api.keys(q, sort, offset, limit);
  if (search >= searches - 1) {
    $("#key-count").textContent = q ? `${count(page.total, "key")} found` : count(page.total, "key") + (page.whole ? "" : " and more");
    const none = $("#no-keys");
    none.hidden = page.total > 0;
    none.textContent = q ? `No key has “${q}” in it.` : "Keys show here as soon as they have events.";
  }
  return { rows: page.keys, total: page.total };
}

function draw(element, row) {
  element.className = "key";
  if (!row) return element.replaceChildren(h("b", {}, "…"));
  const news = changed.get(row.key);
  const last = news && news.revision >= row.revision ? news : row;
  element.setAttribute("aria-selected", String(row.key === selected));
  element.title = row.key;
  if (news && news.until > Date.now()) element.classList.add("fresh");
  if (known.views.some((view) => known.parked.has(`${view}\n${row.key}`))) element.classList.add("parked");
  element.replaceChildren(
    h("b", {}, row.key), h("span", {}, last.revision ? `@${last.revision}` : ""),
    h("em", {}, last.type ?? ""), last.at ? h("time", { datetime: last.at }, age(last.at)) : "");
}
