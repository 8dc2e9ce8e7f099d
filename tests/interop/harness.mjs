// What the Node scripts share: countersign as a process, the peers of the scratch directory, and the count of checks.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

export const scratch = process.env.SCRATCH;
export const peers = createRequire(join(process.env.PEERS ?? scratch, "package.json"));

export class Checks {
  counts = new Map();
  failures = [];

  constructor(peer) {
    this.peer = peer;
  }

  check(what, holds, details = "") {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    if (!holds) this.failures.push(`${what}: ${details}`);
  }

  end() {
    for (const failure of this.failures) console.log(`FAILED ${this.peer}: ${failure}\n`);
    const total = [...this.counts.values()].reduce((sum, count) => sum + count, 0);
    const parts = [...this.counts].map(([what, count]) => `${count} ${what}`).join(", ");
    console.log(`${this.peer}: ${total - this.failures.length} of ${total} checks hold (${parts})`);
    process.exitCode = this.failures.length || !total ? 1 : 0;
  }
}

/** Runs the binary; gives its status, its output and what it says beside it. */
export function countersign(words, stdin = "", timeout = 60_000) {
  const run = spawnSync(process.env.COUNTERSIGN, words, { input: stdin, cwd: scratch, env: { HOME: scratch }, timeout });
  return { status: run.status, output: run.stdout, error: String(run.stderr) };
}

/** The files of the signer's and the verifier's key. */
export function keyFiles(algorithm) {
  const file = (name) => join(scratch, "keys", name);
  if (algorithm === "hmac-sha256") return [file("hmac-sha256.secret"), file("hmac-sha256.secret")];
  return [file(`${algorithm}.pem`), file(`${algorithm}.pub.pem`)];
}

/** A request as it is on the wire: `Host` first, the target in origin form. */
export function requestBytes(method, url, fields, body = "") {
  const [, authority, target] = /^[a-z]+:\/\/([^/?]+)(.*)$/.exec(url);
  const lines = [`${method} ${target || "/"} HTTP/1.1`, `Host: ${authority}`];
  for (const [name, value] of fields) lines.push(`${name}: ${value}`);
  const content = Buffer.from(body);
  if (content.length) lines.push(`Content-Length: ${content.length}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), content]);
}

/** The field lines and the body of a message that countersign wrote. */
export function read(message) {
  const end = message.indexOf("\r\n\r\n");
  const [, ...lines] = message.subarray(0, end).toString("latin1").split("\r\n");
  const fields = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return { fields, body: message.subarray(end + 4) };
}

/** Field lines as Node gives them: one entry a name, several values as an array. */
export function grouped(fields) {
  const headers = {};
  for (const [name, value] of fields) {
    const key = name.toLowerCase();
    if (!(key in headers)) headers[key] = value;
    else headers[key] = [headers[key], value].flat();
  }
  return headers;
}

export const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));
