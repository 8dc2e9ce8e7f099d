// The pages of an access review in Chromium: drawn, filtered, sorted, offline, with nothing that the policy of the page
// forbids, and names as text. CHROMIUM names a browser; else one of the usual names is looked for. SHOTS names a directory
// for pictures of the pages, ROWS the length of the long report.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Checks, countersign, peers, scratch } from "./harness.mjs";

const whole = (name) => {
  try {
    return name && String(execFileSync("sh", ["-c", 'command -v -- "$1"', "sh", name])).trim();
  } catch {
    return undefined;
  }
};
const browser = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(whole).find(Boolean);
if (!browser) {
  console.log("Chromium: not installed, and CHROMIUM names none, SKIPPED");
  process.exit(0);
}

const { chromium } = peers("playwright-core");
const checks = new Checks("Chromium, review pages");
const rows = Number(process.env.ROWS ?? 100_000);
const folder = join(scratch, "pages");
const act = ["--by", "grc", "--at", "2026-11-22T09:00:00Z"];
const hostile = "=cmd|'/C calc'!A0</script><img src=x onerror=alert(1)>\u202e&amp;";
mkdirSync(folder, { recursive: true });
const path = (name) => join(folder, name);
const run = (...words) => {
  const ended = countersign(words, "", 600_000);
  if (ended.status > 1) throw new Error(`${words.join(" ")}: ${ended.error}`);
  return ended;
};

/** A campaign of some grants; the first names are hostile. */
function campaign(name, grants, people) {
  const roster = ["employee_id,name,email,manager_id,status", "boss,Bo Ss,boss@a.example,,active", "other,Ot Her,other@a.example,,active"];
  for (let n = 0; n < people; n++) roster.push(`E${n},"Person ${n}",p${n}@a.example,${n < 40 ? "boss" : `E${n % 40}`},active`);
  const lines = ["system,account,entitlement,employee_id,enabled,privileged,mfa,last_used"];
  for (let n = 0; n < grants; n++) {
    const system = n < 2 ? hostile : ["aws", "okta", "erp", "crm"][n % 4], role = n < 2 ? `${hostile} ${n}` : `role-${Math.floor(n / people)}`;
    const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
    lines.push(`${quoted(system)},${quoted(n < 2 ? hostile : `p${n % people}`)},${quoted(role)},E${n % people},yes,${n % 50 ? "no" : "yes"},${n % 100 ? "fido2" : "none"},2026-0${(n % 9) + 1}-11`);
  }
  writeFileSync(path("hr.csv"), `${roster.join("\n")}\n`);
  writeFileSync(path("grants.csv"), `${lines.join("\n")}\n`);
  writeFileSync(path("review.toml"), `name = '''${hostile}'''\nfallback = ["boss", "other"]\n`);
  for (const kind of ["hr", "grants"]) run("review", "import", kind, path(`${kind}.csv`), "--campaign", path(name), ...act);
  run("review", "open", path(name), "--policy", path("review.toml"), ...act);
  return path(name);
}

const launched = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });

/** Opens a page without a network, and keeps what it complains of. */
async function visit(file) {
  const context = await launched.newContext({ viewport: { width: 1400, height: 1000 }, offline: true, acceptDownloads: true });
  const page = await context.newPage();
  page.trouble = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && page.trouble.push(message.text()));
  page.on("pageerror", (error) => page.trouble.push(String(error)));
  page.on("dialog", (dialog) => page.trouble.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  page.on("request", (request) => /^(file|blob|data):/.test(request.url()) || page.trouble.push(request.url()));
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective}`)));
  const start = performance.now();
  await page.goto(pathToFileURL(file).href);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "yes", null, { timeout: 60_000 });
  page.took = performance.now() - start;
  return page;
}

const shot = (page, name) => process.env.SHOTS && page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
const told = (page) => page.textContent("#told");
const drawn = (page) => page.$$eval("#rows tr[data-row]", (lines) => lines.map((line) => [...line.children].map((cell) => cell.textContent)));

/** Changes a control, and tells how long the page takes until it is drawn anew. */
const timed = (page, change, value) =>
  page.evaluate(
    ([change, value]) =>
      new Promise((done) => {
        const start = performance.now();
        if (change === "filter") {
          const filter = document.getElementById("filter");
          filter.value = value;
          filter.dispatchEvent(new Event("input"));
        } else document.querySelectorAll("#grid th button")[value].click();
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
      }),
    [change, value],
  );

async function report() {
  const file = path("report.html");
  const store = campaign("long.review", rows, 5000);
  run("review", "report", store, "--format", "html", "-o", file);
  const page = await visit(file);
  checks.check("openings", page.took < 10_000, `${page.took} ms`);
  checks.check("counts", (await told(page)) === `${rows} items`, await told(page));
  checks.check("rows drawn", (await drawn(page)).length < 200 && (await drawn(page)).length > 10);
  checks.check("titles as text", (await page.textContent("h1")).includes("</script><img src=x"));
  checks.check("pictures loaded", (await page.$$("img")).length === 0);
  checks.check("charts", (await page.$$("svg rect")).length > 3);
  await shot(page, "report");

  const filtered = await timed(page, "filter", "role-3 p77 E77");
  checks.check("filters in time", filtered < 2_000, `${filtered} ms`);
  const lines = await drawn(page);
  checks.check("filters", lines.length > 0 && lines.every((line) => line.join(" ").includes("77")), JSON.stringify(lines));
  checks.check("filter counts", (await told(page)) === `${lines.length} of ${rows} items`, await told(page));
  await timed(page, "filter", "onerror=alert");
  const names = await drawn(page);
  checks.check("names as text", names.length === 2 && names[0][3].startsWith("=cmd|'/C calc'!A0</script><img src=x"), JSON.stringify(names));
  checks.check("bidirectional controls shown", names[0][3].includes("\\u{202e}"), names[0][3]);
  await page.click("#rows tr[data-row]");
  checks.check("details", (await page.textContent("#detail")).includes("Person 0") && (await page.isVisible("#detail")));
  await shot(page, "report-hostile");
  await page.click("#detail button");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  const saved = readFileSync(await download.path(), "utf8").split("\r\n");
  checks.check("saved rows", saved.length === 4 && saved[1].includes(`"'=cmd|`), saved[1]);

  await page.click("#clear");
  const sorted = await timed(page, "sort", 3);
  checks.check("sorts in time", sorted < 2_000, `${sorted} ms`);
  const accounts = (await drawn(page)).map((line) => line[3]);
  const folded = (text) => text.toLowerCase();
  checks.check("sorts", accounts.every((name, at) => !at || folded(accounts[at - 1]) <= folded(name)), accounts.join());
  await timed(page, "sort", 3);
  checks.check("sorts back", (await drawn(page))[0][3] === "p999", (await drawn(page))[0][3]);
  await page.evaluate(() => (document.getElementById("view").scrollTop = 1e9));
  await page.waitForTimeout(200);
  const last = await page.$$eval("#rows tr[data-row]", (all) => all.at(-1).getAttribute("aria-rowindex"));
  checks.check("scrolls to the end", last === String(rows + 1), last);
  await page.selectOption("select[data-column='2']", { label: `aws · ${Math.ceil((rows - 4) / 4)}` });
  const systems = (await drawn(page)).map((line) => line[2]);
  checks.check("chooses", systems.length > 10 && systems.every((system) => system === "aws"), systems.join());
  await page.emulateMedia({ media: "print" });
  checks.check("controls on paper", !(await page.isVisible("#controls")));
  checks.check("complaints", page.trouble.length === 0, page.trouble.join("; "));
  console.log(`  ${rows} rows, ${Math.round(readFileSync(file).length / 1024)} KiB: open ${Math.round(page.took)} ms, filter ${Math.round(filtered)} ms, sort ${Math.round(sorted)} ms`);
}

/** A reviewer's page: answered in the browser, and what it saves taken by `review decide`. */
async function sheet() {
  const store = campaign("short.review", 60, 20);
  run("review", "sheet", store, "--out", path("sheets"), "--as", "html", "--reviewer", "boss");
  const page = await visit(path("sheets/boss@a.example.html"));
  checks.check("sheets: titles as text", (await page.textContent("h1")).includes("</script><img src=x"));
  checks.check("sheets: rows", (await page.$$("#rows tr")).length === 60);
  checks.check("sheets: bidirectional controls shown", (await page.textContent("#rows")).includes("\\u{202e}"));
  await page.fill("#filter", "role-1");
  const left = await page.$$eval("#rows tr", (lines) => lines.filter((line) => !line.hidden).length);
  checks.check("sheets: filters", left > 0 && left < 60, String(left));
  await page.fill("#filter", "");
  const answers = await page.$$("#rows select"), reasons = await page.$$("#rows input");
  for (const answer of answers) await answer.selectOption("accept");
  checks.check("sheets: says what is missing", (await page.textContent("#count")).includes("without a justification"), await page.textContent("#count"));
  for (const reason of reasons) await reason.fill("looked at it");
  checks.check("sheets: says that it is done", (await page.textContent("#count")) === "0 of 60 rows are without an answer");
  await shot(page, "sheet");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
  await download.saveAs(path("answers.json"));
  const taken = countersign(["review", "decide", store, path("answers.json"), "--as", "boss", "--by", "boss", "--at", "2026-11-24T09:00:00Z"]);
  checks.check("sheets: answers taken", taken.status === 0 && String(taken.output).startsWith("taken 60 decisions"), taken.output + taken.error);
  checks.check("sheets: complaints", page.trouble.length === 0, page.trouble.join("; "));
}

await sheet();
await report();
await launched.close();
checks.end();
