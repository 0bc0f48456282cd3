// The form that appends an event, and the answer to it.
import * as api from "./api.js";
import { h, icon, say, $ } from "./dom.js";
import { known, tell } from "./live.js";
import { shown } from "./json.js";

let last = { key: "", type: "", data: "" }; // what was typed on the page before

/** composer makes the form; with a key, it is for that key alone. */
export function composer(key = null) {
  const form = h("form", { novalidate: true });
  const field = (label, input) => h("label", { class: "field" }, h("span", {}, label), input);
  const types = h("datalist", { id: "types" });
  const fields = {
    key: h("input", { name: "key", class: "mono", required: true, autocomplete: "off", spellcheck: "false", placeholder: "counter/1", value: key ?? last.key, readonly: key !== null }),
    type: h("input", { name: "type", required: true, autocomplete: "off", spellcheck: "false", placeholder: "incremented", list: "types", value: last.type }),
    data: h("textarea", { name: "data", spellcheck: "false", placeholder: '{"by": 2}', rows: 2 }),
    expected: h("select", { name: "expected" }, h("option", { value: "any" }, "any revision"), h("option", { value: "none" }, "no events yet"), h("option", { value: "exactly" }, "exactly revision…")),
    revision: h("input", { name: "revision", class: "mono", inputmode: "numeric", "aria-label": "Expected revision", placeholder: "revision", disabled: true }),
  };
  fields.data.value = last.data;
  const fault = h("p", { class: "fault", role: "alert", hidden: true });
  const answer = h("div", { class: "answer", hidden: true });
  const send = h("button", { class: "primary" }, "Append", icon("send"));
  send.firstElementChild?.setAttribute("width", "18");
  form.append(...[
    key === null ? field("Key", fields.key) : null, field("Event type", fields.type), types, field("Data, as JSON", fields.data),
    h("div", { class: "two" }, field("Expected", fields.expected), h("label", { class: "field" }, h("span", {}, "Revision"), fields.revision)),
    fault, h("div", { class: "send" }, send),
  ].filter(Boolean));
  fields.type.addEventListener("focus", () => types.replaceChildren(...[...known.types].map((t) => h("option", { value: t }))));
  fields.expected.addEventListener("change", () => {
    fields.revision.disabled = fields.expected.value !== "exactly";
    if (!fields.revision.disabled) fields.revision.focus();
  });
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    last = { key: fields.key.value, type: fields.type.value, data: fields.data.value };
    if (!check(fields, fault)) return;
    send.disabled = true;
    await submit(fields, answer);
    send.disabled = false;
  });
  form.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) form.requestSubmit(); });
  const card = h("section", { class: "card composer", "aria-label": "Append an event" },
    h("header", {}, h("h2", {}, "Append an event"), h("kbd", { "aria-hidden": "true" }, "a")), h("div", { class: "in" }, form, answer));
  return { element: card, focus: () => (key === null && !fields.key.value ? fields.key : fields.type).focus(), fill: (values) => {
    for (const [name, value] of Object.entries(values)) fields[name].value = value;
    send.focus();
  } };
}

function check(fields, fault) {
  let problem = "", at = null;
  if (!fields.key.value) [problem, at] = ["Which key is it for?", fields.key];
  else if (!fields.type.value) [problem, at] = ["What has happened? An event needs a type.", fields.type];
  else if (fields.expected.value === "exactly" && !/^\d+$/.test(fields.revision.value)) [problem, at] = ["The expected revision is a number.", fields.revision];
  else {
    try { if (fields.data.value.trim()) JSON.parse(fields.data.value); } catch (e) { [problem, at] = [`The data is no JSON: ${e.message}`, fields.data]; }
  }
  for (const f of Object.values(fields)) f.toggleAttribute("aria-invalid", false);
  fault.hidden = !problem;
  fault.textContent = problem;
  if (at) { at.setAttribute("aria-invalid", "true"); at.focus(); }
  return !problem;
}

const titles = { 201: "Created", 200: "Stored before", 400: "Not understood", 409: "Conflict", 412: "Conflict: nothing was stored", 413: "Too large", 422: "Not possible", 0: "No answer" };

async function submit(fields, answer) {
  const key = fields.key.value;
  const expected = fields.expected.value === "exactly" ? fields.revision.value : fields.expected.value;
  tell("appending", { key });
  const a = await api.append({ key, type: fields.type.value, data: fields.data.value, expected });
  tell("appended", { key, ...a });
  answer.hidden = false;
  answer.replaceChildren(
    h("p", {}, h("span", { class: `pill ${a.ok ? "good" : "bad"}` }, String(a.status || "–")), titles[a.status] ?? "", h("span", { class: "quiet mono" }, `${a.ms.toFixed(1)} ms`)),
    shown(a.body));
  say(a.ok ? `Appended: ${key} is at revision ${a.body.revision}` : `Not appended: ${a.body?.detail ?? a.status}`);
  if (a.ok && !fields.revision.disabled) fields.revision.value = a.body.revision;
}

/** focusComposer goes to the form of the page, if it has one. */
export const focusComposer = () => {
  const form = $(".composer form");
  if (form) [...form.elements].find((e) => !e.readOnly && e.name && !(e.name === "key" && e.value))?.focus();
  return Boolean(form);
};
