// The page: what is at which address, the keyboard, dark and light, and the state of the connection.
import * as api from "./api.js";
import { focusComposer } from "./composer.js";
import { $, often, say } from "./dom.js";
import { key } from "./key.js";
import { select, startKeys } from "./keys.js";
import { known, listen, on } from "./live.js";
import { now } from "./now.js";
import { parked, showCount } from "./parked.js";
import { nextTheme, startTheme } from "./theme.js";
import { view, views } from "./views.js";

const main = $("#main");
let leave = () => {};

// route shows the page that the address is of.
function route(first = false) {
  const [, page = "", rest = ""] = /^#\/([a-z]*)\/?(.*)$/.exec(location.hash) ?? [];
  const name = decode(rest);
  leave();
  select(page === "key" ? name : null);
  const [title, tab, show] = {
    key: [name, "", () => key(main, name)],
    views: ["Views", "views", () => views(main)],
    view: [name, "views", () => view(main, name)],
    parked: ["Parked", "parked", () => parked(main)],
  }[page] ?? ["Now", "now", () => now(main)];
  leave = show();
  document.title = `${title} · Aeon`;
  for (const a of document.querySelectorAll("[data-page]")) a.toggleAttribute("aria-current", a.dataset.page === tab);
  for (const a of document.querySelectorAll("[aria-current]")) a.setAttribute("aria-current", "page");
  main.scrollTop = 0;
  if (!first) $("h1", main)?.focus({ preventScroll: true });
}

function decode(text) {
  try { return decodeURIComponent(text); } catch { return text; }
}

const shortcuts = {
  a: () => { if (!focusComposer()) { location.hash = "#/"; requestAnimationFrame(() => requestAnimationFrame(focusComposer)); } },
  "/": () => $("#find").select() ?? $("#find").focus(),
  t: () => nextTheme(),
  "?": () => $("#shortcuts").showModal(),
  gn: () => { location.hash = "#/"; },
  gv: () => { location.hash = "#/views"; },
  gp: () => { location.hash = "#/parked"; },
};
let before = "";

document.addEventListener("keydown", (e) => {
  const typing = e.target.closest("input, textarea, select, dialog");
  if (e.key === "Escape" && typing?.closest(".composer")) main.focus();
  if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
  const act = shortcuts[before + e.key] ?? shortcuts[e.key];
  before = e.key === "g" ? "g" : "";
  if (!act) return;
  e.preventDefault();
  act();
});

on("state", (state) => {
  const link = $("#link");
  if (link.dataset.state === state) return;
  link.dataset.state = state;
  link.lastElementChild.textContent = state === "live" ? "live" : "not connected";
  if (state === "lost") say("The connection is lost; trying again");
});
on("hello", ({ database }) => {
  $("#database").textContent = database;
  api.parked().then((found) => {
    known.parked = new Set(found.parked.map((at) => `${at.view}\n${at.key}`));
    showCount();
  }, () => {});
});
on("standing", often(showCount, 200));
on("commits", often(() => {
  const top = $(".top");
  top.classList.remove("beat");
  requestAnimationFrame(() => top.classList.add("beat"));
}, 1000));

$("#help").addEventListener("click", shortcuts["?"]);
$(".skip").addEventListener("click", (e) => { e.preventDefault(); main.focus(); });
startTheme();
startKeys((name) => { location.hash = `#/key/${encodeURIComponent(name)}`; });
addEventListener("hashchange", () => route());
route(true);
listen();
