// Dark, light, or as the system is.
import { $, icon, say } from "./dom.js";

const themes = ["auto", "light", "dark"];
const names = { auto: "as the system", light: "light", dark: "dark" };

const stored = () => {
  try { return localStorage.getItem("theme"); } catch { return null; }
};

let theme = themes.includes(stored()) ? stored() : "auto";

function show() {
  document.documentElement.dataset.theme = theme;
  const button = $("#theme");
  button.setAttribute("aria-label", `Theme: ${names[theme]}`);
  button.title = `Theme: ${names[theme]}`;
  button.replaceChildren(icon(theme));
}

export function startTheme() {
  show();
  $("#theme").addEventListener("click", nextTheme);
}

export function nextTheme() {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  try { localStorage.setItem("theme", theme); } catch { /* it is forgotten, then */ }
  show();
  say(`Theme: ${names[theme]}`);
}
