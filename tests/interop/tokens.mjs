// Tokens against `jose` of npm, both ways: algorithms, key sets, detached and unencoded payloads.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checks, countersign, scratch } from "./harness.mjs";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const entry = createRequire(join(process.env.PEERS ?? scratch, "package.json")).resolve("jose");
const jose = await import(pathToFileURL(entry).href);
const checks = new Checks("tokens, npm jose");
const issuer = "https://auth.acme.example";
const audience = "service:orders";
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"];

const file = (name, content) => {
  writeFileSync(join(scratch, name), content);
  return `file:${name}`;
};
const verify = (token, ...words) => countersign(["jwt", "verify", "--iss", issuer, "--aud", audience, ...words, "-"], token);

const set = [];
for (const algorithm of algorithms) {
  const { publicKey, privateKey } = await jose.generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await jose.exportJWK(publicKey)), kid: `node-${algorithm}`, alg: algorithm, use: "sig" };
  set.push(jwk);
  const secret = file(`node-${algorithm}.jwk`, JSON.stringify({ ...(await jose.exportJWK(privateKey)), kid: jwk.kid }));
  const theirs = await new jose.SignJWT({ scope: "read:orders", "urn:example": { a: ["ü"] } })
    .setProtectedHeader({ alg: algorithm, kid: jwk.kid })
    .setIssuer(issuer).setAudience(audience).setSubject("a").setIssuedAt().setExpirationTime("5m")
    .sign(privateKey);
  const keys = file("node.jwks", JSON.stringify({ keys: set }));
  const judged = verify(theirs, "--key", keys, "--scope", "read:orders");
  checks.check("of theirs accepted", judged.status === 0, `${algorithm}\n${judged.output}${judged.error}`);
  const [head, body, tag] = theirs.split(".");
  const changed = `${head}.${body}.${tag.startsWith("A") ? "B" : "A"}${tag.slice(1)}`;
  const refused = verify(changed, "--key", keys);
  checks.check("of theirs damaged refused", refused.status === 1, `${algorithm}\n${refused.output}${refused.error}`);

  const words = ["--iss", issuer, "--sub", "alice", "--aud", audience, "--client", "web", "--alg", algorithm];
  const minted = countersign(["jwt", "mint", "--profile", "access", ...words, "--key", secret]);
  const token = String(minted.output).trim();
  try {
    const options = { issuer, audience, typ: "at+jwt", requiredClaims: ["client_id", "jti"] };
    const { payload } = await jose.jwtVerify(token, jose.createLocalJWKSet({ keys: set }), options);
    checks.check("of ours accepted", payload.sub === "alice");
  } catch (error) {
    checks.check("of ours accepted", false, `${algorithm}: ${error}\n${minted.error}`);
  }

  const bytes = Buffer.from("$.02, not encoded");
  const header = { alg: algorithm, kid: jwk.kid, b64: false, crit: ["b64"] };
  const raw = await new jose.FlattenedSign(bytes).setProtectedHeader(header).sign(privateKey);
  file("node.payload", bytes);
  const { payload: _, ...detached } = raw;
  for (const [kind, text, extra] of [
    ["detached", JSON.stringify(detached), ["--payload", "node.payload"]],
    ["carried", JSON.stringify({ ...detached, payload: String(bytes) }), []],
  ]) {
    const checked = countersign(["jwt", "verify", "--jws", "--key", keys, ...extra, "-"], text);
    checks.check("payloads that are not encoded", checked.status === 0, `${algorithm} ${kind}\n${checked.output}${checked.error}`);
  }
}

const keys = file("node.jwks", JSON.stringify({ keys: set }));
const tokens = [];
for (const [index, algorithm] of algorithms.entries()) {
  const secret = `file:node-${algorithm}.jwk`;
  const words = ["--profile", "custom", "--ttl", "5m", "--aud", audience, "--iss", issuer, "--alg", algorithm];
  const token = String(countersign(["jwt", "mint", ...words, "--key", secret]).output).trim();
  tokens.push(index % 2 ? JSON.stringify({ id: algorithm, token }) : token);
}
const batch = countersign(["jwt", "verify", "--batch", "--format", "json", "--iss", issuer, "--aud", audience, "--key", keys], `${tokens.join("\n")}\n`);
const answers = String(batch.output).trim().split("\n").map((line) => JSON.parse(line));
checks.check("of a batch accepted", batch.status === 0 && answers.at(-1).accepted === algorithms.length, batch.error + batch.output);
checks.end();
