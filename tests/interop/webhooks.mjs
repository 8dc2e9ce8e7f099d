// Standard Webhooks against `standardwebhooks` of npm: what either signs, the other verifies; a changed byte is refused.

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checks, countersign, peers, read, requestBytes, scratch } from "./harness.mjs";

const { Webhook } = peers("standardwebhooks");
const checks = new Checks("standard-webhooks, npm standardwebhooks");
const url = "https://shop.example/hooks";
const bodies = {
  json: '{"type":"order.paid","data":{"id":"A-1007","amount":129.9}}',
  "a final line end": '{"a": 1}\n',
  "carriage returns": '{"a":\r\n1}\r\n',
  "dots, as between the parts": "..1614265330.{}",
  unicode: JSON.stringify({ name: "Zoë 🙂 \u0000 \u2028" }),
  "no JSON": "a=1&b=%20",
  "one space": " ",
  empty: "",
  large: JSON.stringify({ data: "x".repeat(300_000) }),
};

for (const length of [24, 32, 64]) {
  for (const prefix of ["whsec_", ""]) {
    const secret = prefix + randomBytes(length).toString("base64");
    const file = join(scratch, "webhook-node.key");
    writeFileSync(file, secret);
    const webhook = new Webhook(secret);
    const verify = (message) => countersign(["request", "verify", "--scheme", "standard-webhooks", "--key", `file:${file}`, "-"], message);
    for (const [kind, body] of Object.entries(bodies)) {
      const name = `${length} bytes, ${prefix || "no prefix"}, ${kind}`;
      const time = new Date();
      const fields = [
        ["webhook-id", "msg_1"],
        ["webhook-timestamp", String(Math.floor(time / 1000))],
        ["webhook-signature", webhook.sign("msg_1", time, body)],
      ];
      const raw = requestBytes("POST", url, fields, body);
      const { status, output, error } = verify(raw);
      checks.check("of theirs accepted", status === 0, `${name}\n${output}${error}`);
      for (const change of [(text) => text.replace("msg_1", "msg_2"), (text) => text.replace("v1,", "v2,"), (text) => `${text.replace(/content-length:.*\r\n/i, "")}!`]) {
        const changed = Buffer.from(change(raw.toString("latin1")), "latin1");
        checks.check("changes refused", verify(changed).status === 1, `${name}: ${change}`);
      }
      const plain = requestBytes("POST", url, [], body);
      const signed = countersign(["request", "sign", "--scheme", "standard-webhooks", "--key", `file:${file}`, "-"], plain);
      checks.check("signed by us", signed.status === 0, `${name}\n${signed.error}`);
      const { fields: ours, body: sent } = read(signed.output);
      try {
        webhook.verify(sent, Object.fromEntries(ours), { jsonParse: false });
        checks.check("of ours accepted", true);
      } catch (problem) {
        checks.check("of ours accepted", false, `${name}: ${problem}`);
      }
      try {
        webhook.verify(`${sent}!`, Object.fromEntries(ours), { jsonParse: false });
        checks.check("of ours refused when changed", false, name);
      } catch {
        checks.check("of ours refused when changed", true);
      }
    }
  }
}

checks.end();
