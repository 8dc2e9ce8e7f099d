"use strict";
const place = (id) => document.getElementById(id);
const told = place("told"), count = place("count"), filter = place("filter"), save = place("save");
const KEY = "countersign-session";
let data = { rows: [] }, made = [];
async function ask(path, body) {
  const options = { method: body === undefined ? "GET" : "POST", headers: {}, cache: "no-store", credentials: "omit" };
  const session = sessionStorage.getItem(KEY);
  if (session) options.headers.Authorization = "Bearer " + session;
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.json();
}
function cell(row, text, kind) {
  const td = document.createElement("td");
  td.textContent = text;
  if (kind) td.className = kind;
  row.appendChild(td);
  return td;
}
function field(label, value) {
  const input = document.createElement("input");
  input.value = value;
  input.maxLength = 4000;
  input.setAttribute("aria-label", label);
  return input;
}
function tell() {
  const left = made.filter((each) => !each.select.value).length;
  count.textContent = left + " of " + made.length + " rows are without an answer";
}
function show() {
  const body = place("rows");
  body.textContent = "";
  made = [];
  place("name").textContent = data.name + ": " + data.reviewer + ", due by " + data.deadline;
  for (const row of data.rows) {
    const tr = document.createElement("tr");
    const select = document.createElement("select");
    for (const answer of ["", "accept", "revoke", "reduce", "not-decided", "reassign"]) {
      const option = document.createElement("option");
      option.value = answer;
      option.textContent = answer;
      select.appendChild(option);
    }
    select.value = row.decision;
    select.setAttribute("aria-label", "decision");
    const why = field("justification", row.justification);
    const to = field("pass on to", "");
    to.placeholder = "address or id";
    to.hidden = true;
    select.addEventListener("change", () => {
      to.hidden = select.value !== "reassign";
      tell();
    });
    const first = cell(tr, "");
    first.append(select, to);
    cell(tr, "").appendChild(why);
    cell(tr, row.shown[0], "risk " + row.shown[0]);
    cell(tr, row.shown[2]);
    cell(tr, row.signed[9]);
    cell(tr, row.signed[4] + "/" + row.signed[5]);
    cell(tr, row.signed[6] + (row.signed[7] ? " in " + row.signed[7] : ""));
    cell(tr, row.signed[8]);
    cell(tr, row.shown[1], "findings");
    cell(tr, row.shown[6]);
    body.appendChild(tr);
    made.push({ row, tr, select, why, to, text: (row.signed.join(" ") + " " + row.shown.join(" ")).toLowerCase() });
  }
  save.disabled = made.length === 0;
  tell();
}
filter.addEventListener("input", () => {
  const word = filter.value.toLowerCase();
  for (const each of made) each.tr.hidden = !each.text.includes(word);
});
save.addEventListener("click", async () => {
  save.disabled = true;
  const own = (each) => ({ key: each.row.key, signed: each.row.signed, justification: each.why.value });
  const passed = made.filter((each) => each.select.value === "reassign");
  const rows = made.filter((each) => each.select.value && each.select.value !== "reassign");
  try {
    const result = await ask("/decisions", {
      schema: "countersign/review-decisions/v1",
      campaign: data.campaign,
      rows: rows.map((each) => ({ ...own(each), decision: each.select.value })),
      reassign: passed.map((each) => ({ ...own(each), to: each.to.value })),
    });
    const words = [result.accepted + " taken", result.repeated + " there already", result.reassigned + " passed on"];
    if (result.late) words.push("the deadline has passed: they are kept and do not count");
    for (const each of result.refused) words.push("refused: " + each.about + ": " + each.reason);
    told.textContent = words.join("; ");
    data = await ask("/rows");
    show();
  } catch (error) {
    told.textContent = "not saved: " + error.message;
    save.disabled = false;
  }
});
(async () => {
  const code = location.hash.slice(1);
  try {
    if (code) {
      history.replaceState(null, "", "/");
      sessionStorage.setItem(KEY, (await ask("/session", { code })).session);
    }
    data = await ask("/rows");
    show();
  } catch (error) {
    told.textContent = error.message;
  }
})();
