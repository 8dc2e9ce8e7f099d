"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const body = document.getElementById("rows");
const count = document.getElementById("count");
const filter = document.getElementById("filter");
const made = [];
// What would reorder a line or hide is written out; what is signed stays as it is.
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]/gu;
const plain = (text) => text.replace(hidden, (letter) => "\\u{" + letter.codePointAt(0).toString(16) + "}");
function cell(row, text, kind) {
  const td = document.createElement("td");
  td.textContent = plain(text);
  if (kind) td.className = kind;
  row.appendChild(td);
  return td;
}
function tell() {
  const left = made.filter((each) => !each.select.value).length;
  const bare = made.filter((each) => each.row.risky && each.select.value === "accept" && !each.why.value.trim()).length;
  count.textContent =
    left + " of " + made.length + " rows are without an answer" +
    (bare ? "; " + bare + " accepted with findings and without a justification, which will be refused" : "");
}
for (const row of data.rows) {
  const tr = document.createElement("tr");
  const select = document.createElement("select");
  for (const answer of ["", "accept", "revoke", "reduce", "not-decided"]) {
    const option = document.createElement("option");
    option.value = answer;
    option.textContent = answer;
    select.appendChild(option);
  }
  select.value = row.decision;
  select.addEventListener("change", tell);
  const why = document.createElement("input");
  why.value = row.justification;
  why.addEventListener("input", tell);
  why.maxLength = 4000;
  why.setAttribute("aria-label", "justification");
  select.setAttribute("aria-label", "decision");
  cell(tr, "").appendChild(select);
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
  made.push({ row, tr, select, why, text: (row.signed.join(" ") + " " + row.shown.join(" ")).toLowerCase() });
}
filter.addEventListener("input", () => {
  const word = filter.value.toLowerCase();
  for (const each of made) each.tr.hidden = !each.text.includes(word);
});
document.getElementById("save").addEventListener("click", () => {
  const rows = made.map((each) => ({
    key: each.row.key,
    signed: each.row.signed,
    decision: each.select.value,
    justification: each.why.value,
  }));
  const text = JSON.stringify({ schema: "countersign/review-decisions/v1", campaign: data.campaign, rows }, null, 1);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = data.file;
  link.click();
});
tell();
document.documentElement.dataset.ready = "yes";
