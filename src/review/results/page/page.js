"use strict";
(async () => {
  const byId = (id) => document.getElementById(id);
  const told = byId("told"), view = byId("view"), body = byId("rows"), filter = byId("filter");
  let data;
  try {
    const packed = Uint8Array.from(atob(byId("data").textContent), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    data = JSON.parse(await new Response(stream).text());
  } catch (error) {
    told.textContent = "This browser cannot unpack the table; the CSV of the same report holds the same rows.";
    return;
  }
  const columns = data.columns, count = data.rows;
  for (const column of columns) {
    column.rows = column.rows ? Uint32Array.from(column.rows) : new Uint32Array(count);
    column.lower = null;
  }
  const text = (column, row) => column.values[column.rows[row]] ?? "";
  const shown = columns.map((column, index) => index).filter((index) => columns[index].shown);
  const headings = [...document.querySelectorAll("#grid th")];
  const selects = [...document.querySelectorAll("select[data-column]")];
  // One row's height in the style sheet, and the greatest height that every browser scrolls through.
  const HEIGHT = 30, TALLEST = 8000000, SPARE = 8, PRINTED = 5000;
  let order = new Uint32Array(0), sorted = { column: -1, down: false };

  const parts = (column, value) => (column.name === "rules" ? value.split(", ") : [value]);
  for (const select of selects) {
    const column = columns[Number(select.dataset.column)];
    const known = new Map();
    const times = new Uint32Array(column.values.length);
    for (let row = 0; row < count; row++) times[column.rows[row]]++;
    column.values.forEach((value, index) => {
      for (const part of parts(column, value)) known.set(part, (known.get(part) ?? 0) + times[index]);
    });
    const options = [...known].filter((each) => each[1] > 0);
    if (column.name === "rules") options.sort((a, b) => (a[0] < b[0] ? -1 : 1));
    select.hidden = options.length < 2;
    for (const [value, number] of options.slice(0, 500)) {
      const option = document.createElement("option");
      option.value = "=" + value;
      option.textContent = (value || "(none)") + " · " + number;
      select.appendChild(option);
    }
    select.addEventListener("change", apply);
  }

  function apply() {
    const keep = new Uint8Array(count).fill(1);
    for (const select of selects) {
      if (!select.value) continue;
      const column = columns[Number(select.dataset.column)], wanted = select.value.slice(1);
      narrow(keep, [column], (value) => parts(column, value).includes(wanted), false);
    }
    for (const word of filter.value.toLowerCase().split(/\s+/)) {
      if (word) narrow(keep, columns, (value) => value.includes(word), true);
    }
    let left = 0;
    for (let row = 0; row < count; row++) left += keep[row];
    order = new Uint32Array(left);
    for (let row = 0, at = 0; row < count; row++) if (keep[row]) order[at++] = row;
    if (sorted.column >= 0) {
      // A column's values stand in their order, so their numbers are compared; rows of one value stay as they were.
      const places = columns[sorted.column].rows, sign = sorted.down ? -1 : 1;
      order.sort((a, b) => sign * (places[a] - places[b]) || a - b);
    }
    told.textContent = left === count ? count + " items" : left + " of " + count + " items";
    view.scrollTop = 0;
    draw();
  }

  function narrow(keep, among, holds, lower) {
    const tests = among.map((column) => {
      if (lower && !column.lower) column.lower = column.values.map((value) => value.toLowerCase());
      return Uint8Array.from(lower ? column.lower : column.values, (value) => (holds(value) ? 1 : 0));
    });
    for (let row = 0; row < count; row++) {
      if (!keep[row]) continue;
      let found = 0;
      for (let at = 0; at < among.length && !found; at++) found = tests[at][among[at].rows[row]];
      keep[row] = found;
    }
  }

  function line(row, number) {
    const tr = document.createElement("tr");
    tr.tabIndex = 0;
    tr.setAttribute("aria-rowindex", String(number + 2));
    tr.dataset.row = String(row);
    for (const index of shown) {
      const td = document.createElement("td"), value = text(columns[index], row);
      td.textContent = value;
      td.title = value;
      if (columns[index].name === "risk" || columns[index].name === "outcome") td.className = value;
      tr.appendChild(td);
    }
    return tr;
  }

  function gap(height) {
    const tr = document.createElement("tr"), td = document.createElement("td");
    tr.className = "gap";
    tr.style.height = td.style.height = height + "px";
    td.colSpan = shown.length;
    tr.appendChild(td);
    return tr;
  }

  function draw() {
    const whole = order.length * HEIGHT, tall = Math.min(whole, TALLEST);
    const inSight = Math.ceil(view.clientHeight / HEIGHT);
    let first, above;
    if (whole === tall) {
      first = Math.max(0, Math.floor(view.scrollTop / HEIGHT) - SPARE);
      above = first * HEIGHT;
    } else {
      const way = view.scrollTop / Math.max(1, tall - view.clientHeight);
      first = Math.max(0, Math.floor(Math.min(1, way) * (order.length - inSight + 1)));
      above = Math.min(view.scrollTop, tall);
    }
    const last = Math.min(order.length, first + inSight + 2 * SPARE);
    const lines = [];
    for (let at = first; at < last; at++) lines.push(line(order[at], at));
    const below = Math.max(0, tall - above - lines.length * HEIGHT);
    body.replaceChildren(gap(above), ...lines, gap(below));
    byId("grid").setAttribute("aria-rowcount", String(order.length + 1));
  }

  function open(row) {
    const facts = byId("facts");
    facts.replaceChildren();
    for (const column of columns) {
      const value = text(column, row);
      if (!value) continue;
      const dt = document.createElement("dt"), dd = document.createElement("dd");
      dt.textContent = column.heading;
      dd.textContent = value;
      facts.append(dt, dd);
    }
    byId("detail").showModal();
  }

  let waiting = false;
  const later = (work) => () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      work();
    });
  };
  view.addEventListener("scroll", later(draw), { passive: true });
  window.addEventListener("resize", later(draw));
  filter.addEventListener("input", later(apply));
  const rowOf = (event) => event.target.closest("tr[data-row]");
  body.addEventListener("click", (event) => {
    const tr = rowOf(event);
    if (tr) open(Number(tr.dataset.row));
  });
  body.addEventListener("keydown", (event) => {
    const tr = rowOf(event);
    if (tr && event.key === "Enter") open(Number(tr.dataset.row));
  });
  for (const th of headings) {
    th.querySelector("button").addEventListener("click", () => {
      const column = Number(th.dataset.column);
      sorted = { column, down: sorted.column === column && !sorted.down };
      for (const other of headings) other.removeAttribute("aria-sort");
      th.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      apply();
    });
  }
  byId("clear").addEventListener("click", () => {
    filter.value = "";
    for (const select of selects) select.value = "";
    for (const th of headings) th.removeAttribute("aria-sort");
    sorted = { column: -1, down: false };
    apply();
  });
  byId("save").addEventListener("click", () => {
    // No spreadsheet is to take a name for a formula.
    const guarded = (value) => (/^[ \u00a0]*[=+\-@\t\r\n＝＋－＠]/.test(value) ? "'" : "") + value;
    const quoted = (value) => '"' + guarded(value).replaceAll('"', '""') + '"';
    const lines = [columns.map((column) => quoted(column.name)).join(",")];
    for (const row of order) lines.push(columns.map((column) => quoted(text(column, row))).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = data.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  window.addEventListener("beforeprint", () => {
    body.replaceChildren(...Array.from(order.slice(0, PRINTED), line));
    if (order.length > PRINTED) told.textContent = "the first " + PRINTED + " of " + order.length + " items";
  });
  window.addEventListener("afterprint", apply);
  apply();
  document.documentElement.dataset.ready = "yes";
})();
