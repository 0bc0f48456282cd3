// What the attributes of a page's elements mean. "{name}" is the value of the input of that name.
//
//   data-send="POST /counters/{id}/increment"   a button that sends; data-body has the body, data-times how often, all at once
//   data-watch="/counters/{id}"                 shows what is answered, once a second; data-field one field of it, large
//   data-events="counter/{id}"                  the last events of a key, as a table
//   data-rows="/views/board"                    the rows of a list, with the columns of data-columns="id points"; or a list of texts, with one
"use strict";

const fill = (text, encode) => text.replace(/\{(\w+)\}/g, (whole, name) => {
  const input = document.querySelector(`[name="${name}"]`);
  if (!input) return whole;
  return encode ? encodeURIComponent(input.value) : input.value;
});

const show = (element, ...children) => element.replaceChildren(...children);

function make(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

const statusClass = (status) => `status ${status === 202 ? "s202" : `s${Math.floor(status / 100)}`}`;

async function request(method, path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const response = await fetch(path, { method, headers, body });
  const text = (await response.text()).trim();
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  return { status: response.status, text, json, next: response.headers.get("Retry-After") };
}

function log(line, counts, text) {
  const list = document.getElementById("log");
  list.querySelector(".hint")?.remove();
  const item = make("li", "");
  item.append(`${line}  → `);
  for (const [status, count] of counts) item.append(make("span", count > 1 ? `${count} × ${status} ` : `${status} `, statusClass(status)));
  item.append(text);
  list.prepend(item);
  while (list.children.length > 50) list.lastChild.remove();
}

async function send(button) {
  const [method, path] = fill(button.dataset.send, true).split(" ");
  const body = button.dataset.body && fill(button.dataset.body);
  const times = Number(button.dataset.times || 1);
  try {
    const answers = await Promise.all(Array.from({ length: times }, () => request(method, path, body)));
    const counts = new Map();
    for (const a of answers) counts.set(a.status, (counts.get(a.status) || 0) + 1);
    const last = answers[answers.length - 1];
    log(`${method} ${path}${body ? ` ${body}` : ""}`, counts, times === 1 ? ` ${last.text}${last.next ? `  (Retry-After: ${last.next})` : ""}` : "");
  } catch (error) {
    log(`${method} ${path}`, new Map(), `nobody answers: ${error.message}`);
  }
  refresh();
}

async function watch(element) {
  const { status, text, json } = await request("GET", fill(element.dataset.watch, true));
  const field = element.dataset.field;
  if (field) {
    const value = field.split(".").reduce((at, name) => at?.[name], json);
    show(element, make("div", value === undefined ? "–" : String(value), "big"));
    return;
  }
  show(element, make("span", `${status} `, statusClass(status)), json === undefined ? text : JSON.stringify(json, null, 1));
}

function table(columns, rows) {
  const t = document.createElement("table");
  const head = t.createTHead().insertRow();
  for (const c of columns) head.append(make("th", c, rows.some((row) => typeof row[c] === "number") ? "n" : ""));
  const body = t.createTBody();
  for (const row of rows) {
    const tr = body.insertRow();
    for (const c of columns) {
      const value = row[c];
      const cell = tr.insertCell();
      cell.textContent = value === undefined || value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
      if (typeof value === "number") cell.className = "n";
    }
  }
  return t;
}

async function events(element) {
  const key = encodeURIComponent(fill(element.dataset.events));
  const { json } = await request("GET", `/streams/${key}?direction=backward&limit=10`);
  if (!json?.events?.length) return show(element, make("p", "No events yet.", "hint"));
  show(element, table(["revision", "type", "data"], json.events));
}

async function rows(element) {
  const { json } = await request("GET", fill(element.dataset.rows, true));
  const columns = element.dataset.columns.split(" ");
  const list = Array.isArray(json) ? json.map((text) => ({ [columns[0]]: text })) : json?.rows?.map((r) => ({ id: r.id, ...r.row }));
  if (!list?.length) return show(element, make("p", "Nothing yet.", "hint"));
  show(element, table(columns, list));
}

async function refresh() {
  const all = [
    ...[...document.querySelectorAll("[data-watch]")].map(watch),
    ...[...document.querySelectorAll("[data-events]")].map(events),
    ...[...document.querySelectorAll("[data-rows]")].map(rows),
  ];
  await Promise.allSettled(all);
}

document.querySelectorAll("[data-send]").forEach((button) => button.addEventListener("click", () => send(button)));
document.querySelectorAll("input, select").forEach((input) => input.addEventListener("input", refresh));
refresh();
setInterval(() => { if (!document.hidden) refresh(); }, 1000);
