// A list of any length, of which only the rows in sight are there. Rows are fetched by the page.

const pageSize = 100;
const spare = 6;

export class VirtualList {
  /**
   * @param {HTMLElement} box that scrolls: a listbox
   * @param {{height: number, fetch: (offset: number, limit: number) => Promise<{rows: object[], total: number}>,
   *          draw: (element: HTMLElement, row: object|null, index: number) => void, open: (row: object) => void}} how
   */
  constructor(box, how) {
    Object.assign(this, { box, how, total: 0, at: -1, pages: new Map(), shown: new Map(), generation: 0 });
    this.filler = document.createElement("div");
    box.append(this.filler);
    box.addEventListener("scroll", () => this.paint(), { passive: true });
    box.addEventListener("keydown", (e) => this.key(e));
    box.addEventListener("click", (e) => {
      const element = e.target.closest("[role=option]");
      if (element) this.open(Number(element.dataset.index));
    });
    new ResizeObserver(() => this.paint()).observe(box);
  }

  /** reload forgets what was fetched, and fetches what is in sight; what is there stays until that has come. */
  async reload(toTop = false) {
    const generation = ++this.generation;
    if (toTop) this.box.scrollTop = 0;
    const first = Math.floor(this.range()[0] / pageSize);
    const page = await this.how.fetch(first * pageSize, pageSize);
    if (generation !== this.generation) return;
    this.pages = new Map([[first, page.rows]]);
    this.setTotal(page.total);
    this.paint();
  }

  setTotal(total) {
    this.total = total;
    this.filler.style.height = `${total * this.how.height}px`;
    this.at = Math.min(this.at, total - 1);
  }

  row(index) {
    return this.pages.get(Math.floor(index / pageSize))?.[index % pageSize] ?? null;
  }

  range() {
    const { scrollTop, clientHeight } = this.box;
    const first = Math.max(0, Math.floor(scrollTop / this.how.height) - spare);
    return [first, Math.min(this.total, first + Math.ceil(clientHeight / this.how.height) + 2 * spare)];
  }

  paint() {
    const [first, end] = this.range();
    for (const [index, element] of this.shown) {
      if (index < first || index >= end) { element.remove(); this.shown.delete(index); }
    }
    for (let index = first; index < end; index++) this.paintRow(index);
    for (let page = Math.floor(first / pageSize); page * pageSize < end; page++) this.need(page);
    if (this.at >= 0) this.box.setAttribute("aria-activedescendant", `${this.box.id}-${this.at}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  paintRow(index) {
    let element = this.shown.get(index);
    if (!element) {
      element = document.createElement("div");
      element.id = `${this.box.id}-${index}`;
      element.dataset.index = index;
      element.setAttribute("role", "option");
      element.style.top = `${index * this.how.height}px`;
      element.style.height = `${this.how.height}px`;
      this.shown.set(index, element);
      this.box.append(element);
    }
    element.setAttribute("aria-posinset", index + 1);
    element.setAttribute("aria-setsize", this.total);
    this.how.draw(element, this.row(index), index);
    element.classList.toggle("at", index === this.at);
  }

  async need(page) {
    if (this.pages.has(page)) return;
    this.pages.set(page, []);
    const generation = this.generation;
    try {
      const { rows, total } = await this.how.fetch(page * pageSize, pageSize);
      if (generation !== this.generation) return;
      this.pages.set(page, rows);
      if (total !== this.total) this.setTotal(total);
    } catch {
      if (generation === this.generation) this.pages.delete(page); // it is asked for again when it is scrolled to
      return;
    }
    this.paint();
  }

  open(index) {
    this.at = index;
    this.paint();
    const row = this.row(index);
    if (row) this.how.open(row);
  }

  key(e) {
    const full = Math.max(1, Math.floor(this.box.clientHeight / this.how.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: full, PageUp: -full, Home: -Infinity, End: Infinity };
    if (e.key === "Enter" || e.key === " ") {
      if (this.at >= 0) this.open(this.at);
    } else if (e.key in steps && !e.altKey && !e.ctrlKey && !e.metaKey) {
      this.go(this.at + steps[e.key]);
    } else return;
    e.preventDefault();
  }

  /** go makes a row the current one, and has it in sight. */
  go(index) {
    this.at = Math.max(0, Math.min(this.total - 1, index));
    const top = this.at * this.how.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + this.how.height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + this.how.height - this.box.clientHeight;
    this.paint();
  }
}
