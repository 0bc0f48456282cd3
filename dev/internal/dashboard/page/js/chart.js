// Small charts of the last two minutes. Height goes by the logarithm: a millisecond and a minute both show.
import { h, duration } from "./dom.js";
import { known } from "./live.js";

const samples = 240;

// sized gives a chart as many units as it has pixels, and draws it anew when it has others.
function sized(svg, height, draw) {
  const fit = (width) => {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("height", height);
    draw(width);
  };
  let width = 480;
  new ResizeObserver(([e]) => { width = Math.max(120, Math.round(e.contentRect.width)); fit(width); }).observe(svg);
  fit(width);
  return { element: svg, draw: () => draw(width) };
}

/** lagChart draws how long after its append what came last was in a view. */
export function lagChart(view, height = 76) {
  const low = -1; // a tenth of a millisecond
  const lag = h("path", { class: "lag" });
  const high = h("path", { class: "high" });
  const lines = h("g");
  const svg = h("svg", { class: "chart", role: "img" }, lines, lag, high);
  return sized(svg, height, (width) => {
    const values = known.history.map((s) => s.views[view]?.lag);
    const most = Math.max(1, ...values.filter((v) => v !== undefined));
    const top = Math.max(2, Math.ceil(Math.log10(most)));
    const y = (ms) => height - 4 - ((Math.log10(Math.max(ms, .1)) - low) / (top - low)) * (height - 18);
    lines.replaceChildren(...grid(top, height < 70 ? 2 : 4, y, width));
    lag.setAttribute("d", bars(values, (ms) => ms < 1000 ? y(ms) : null, height, width));
    high.setAttribute("d", bars(values, (ms) => ms >= 1000 ? y(ms) : null, height, width));
    const came = values.filter((v) => v !== undefined);
    svg.setAttribute("aria-label", came.length
      ? `Lag of ${view} over the last two minutes: last ${duration(came.at(-1))}, highest ${duration(Math.max(...came))}`
      : `Lag of ${view} over the last two minutes: nothing came`);
  });
}

// grid draws a line for some powers of ten, at most so many.
function grid(top, most, y, width) {
  const marks = [];
  for (let power = 0; power <= top; power += Math.ceil((top + 1) / most)) {
    const at = y(10 ** power);
    marks.push(h("line", { class: "grid", x1: 0, x2: width, y1: at, y2: at }), h("text", { x: 0, y: at - 3 }, duration(10 ** power).replace(".0", "")));
  }
  return marks;
}

function bars(values, y, height, width) {
  const from = samples - values.length;
  return values.map((v, i) => {
    const top = v === undefined ? null : y(v);
    return top === null ? "" : `M${(from + i + .5) * width / samples} ${height - 2}V${Math.min(top, height - 3).toFixed(1)}`;
  }).join("");
}

/** rateChart draws how many events arrived in each half second. */
export function rateChart(height = 34) {
  const path = h("path", { class: "rate" });
  const svg = h("svg", { class: "chart", role: "img", "aria-label": "Events that arrived over the last two minutes" }, path);
  return sized(svg, height, (width) => {
    const rates = known.history.map((s, i) => i === 0 ? undefined : s.events - known.history[i - 1].events || undefined);
    const most = Math.log10(Math.max(10, ...rates.filter((r) => r !== undefined)) + 1);
    path.setAttribute("d", bars(rates, (r) => height - 3 - Math.log10(r + 1) / most * (height - 8), height, width));
  });
}

/** rate is how many events arrived in the last seconds, each second. */
export function rate() {
  const last = known.history.slice(-7);
  if (last.length < 2) return 0;
  const seconds = (new Date(last.at(-1).at) - new Date(last[0].at)) / 1000;
  return seconds > 0 ? (last.at(-1).events - last[0].events) / seconds : 0;
}
