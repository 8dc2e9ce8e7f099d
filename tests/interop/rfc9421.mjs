// RFC 9421 against `http-message-signatures` of npm: what either signs, the other verifies; a changed byte is refused.
//
// Where the library leaves the specification, messages.json says how under `node`, and it is checked that the two sides
// then disagree: a change on either side is noticed. One more deviation concerns every message:
// - It signs rsa-pss-sha512 with the longest salt that fits the key; RFC 9421 section 3.3.1 wants 64 bytes. We refuse
//   such a signature. It verifies ours, for it takes any length.

import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { Checks, countersign, grouped, keyFiles, peers, read, readJson, requestBytes } from "./harness.mjs";

const { createSigner, createVerifier, httpbis } = peers("http-message-signatures");
const messages = readJson(new URL("messages.json", import.meta.url));
const algorithms = ["hmac-sha256", "ed25519", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-pss-sha512", "rsa-v1_5-sha256"];
const checks = new Checks("rfc9421, npm http-message-signatures");

const keys = (algorithm) => {
  const [own, other] = keyFiles(algorithm).map((file) => readFileSync(file));
  return algorithm === "hmac-sha256" ? [own, other] : [createPrivateKey(own), createPublicKey(other)];
};

const fieldsOf = (message) => {
  const fields = [...message.fields];
  const digests = (message.digests ?? ["sha-256"]).map((name) => {
    const digest = createHash(name.replace("-", "")).update(message.body ?? "").digest("base64");
    return `${name}=:${digest}:`;
  });
  if (message.body) fields.push(["Content-Digest", digests.join(", ")]);
  return fields;
};

const place = (message) => ["--target-scheme", message.url.split(":")[0]];

const verify = (algorithm, message, signed) =>
  countersign(["request", "verify", "--key", `file:${keyFiles(algorithm)[1]}`, "--alg", algorithm, "--require-nothing", ...place(message), "-"], signed);

async function theySign(message, algorithm) {
  const fields = fieldsOf(message);
  const signed = await httpbis.signMessage(
    {
      key: createSigner(keys(algorithm)[0], algorithm, "k"),
      name: "theirs",
      fields: message.cover,
      params: ["created", "keyid", "alg", "nonce", "tag", "expires"],
      paramValues: { nonce: "n-1", tag: "interop" },
    },
    { method: message.method, url: message.url, headers: grouped(fields) },
  );
  const own = ["Signature", "Signature-Input"].map((name) => [name, signed.headers[name]]);
  return requestBytes(message.method, message.url, [...fields, ...own], message.body);
}

function weSign(message, algorithm) {
  const raw = requestBytes(message.method, message.url, message.fields, message.body);
  const cover = message.cover.flatMap((component) => ["--cover", component]);
  const digests = (message.digests ?? []).flatMap((name) => ["--digest", name]);
  const options = ["--alg", algorithm, "--nonce", "n-1", "--tag", "interop", "--expires-in", "60s", ...place(message)];
  return countersign(["request", "sign", "--key", `k=file:${keyFiles(algorithm)[0]}`, ...options, ...cover, ...digests, "-"], raw);
}

async function theyVerify(message, algorithm, signed) {
  const { fields } = read(signed);
  const key = { id: "k", algs: [algorithm], verify: createVerifier(keys(algorithm)[1], algorithm) };
  try {
    const request = { method: message.method, url: message.url, headers: grouped(fields.filter(([name]) => name !== "Host")) };
    const holds = await httpbis.verifyMessage({ keyLookup: async () => key, requiredParams: ["created", "keyid", "nonce"] }, request);
    return [holds === true, String(holds)];
  } catch (problem) {
    return [false, String(problem)];
  }
}

for (const message of messages) {
  for (const algorithm of algorithms) {
    const name = `${message.name}, ${algorithm}`;
    const deviates = message.node !== undefined;
    const signed = await theySign(message, algorithm).catch((problem) => problem);
    if (signed instanceof Error) {
      checks.check("known deviations", deviates, `${name}: they cannot sign: ${signed}`);
    } else {
      const { status, output, error } = verify(algorithm, message, signed);
      const shown = `${name}\n${signed}\n${output}${error}`;
      if (deviates || algorithm === "rsa-pss-sha512") checks.check("known deviations", status === 1, shown);
      else checks.check("of theirs accepted", status === 0, shown);
      if (status === 0 && algorithm === "ed25519") {
        for (const [old, changed] of [...message.changes, ["created=1", "created="], ["expires=1", "expires=2"]]) {
          const other = Buffer.from(signed.toString("latin1").replace(old, changed), "latin1");
          const judged = verify(algorithm, message, other);
          const holds = !other.equals(signed) && [1, 2].includes(judged.status);
          checks.check("changes refused", holds, `${name}: ${old} -> ${changed}\n${judged.output}`);
        }
      }
    }
    const ours = weSign(message, algorithm);
    checks.check("signed by us", ours.status === 0, `${name}\n${ours.error}`);
    const [holds, why] = await theyVerify(message, algorithm, ours.output);
    if (deviates) checks.check("known deviations", !holds, name);
    else checks.check("of ours accepted", holds, `${name}: ${why}\n${ours.output}`);
    const changed = Buffer.from(ours.output.toString("latin1").replace("created=1", "created="), "latin1");
    const [still] = await theyVerify(message, algorithm, changed);
    checks.check("of ours refused when changed", !still, name);
  }
}

checks.end();
