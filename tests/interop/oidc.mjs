// `jwt fetch`, `introspect`, `revoke` and `verify --issuer` against a real provider: `oidc-provider` of npm, on loopback,
// whose sign-in pages are driven as a browser would. The provider has no token exchange of its own; the one here is a
// grant registered with it, so that exchange is the provider's parsing, client authentication and tokens, and our rules.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync, readFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Checks, scratch } from "./harness.mjs";

const peer = join(process.env.PEERS ?? scratch, "node_modules/oidc-provider/lib/index.js");
for (const level of ["info", "warn"]) console[level] = () => {}; // what it says of its development settings
const { Provider } = await import(pathToFileURL(peer));
const checks = new Checks("oauth, npm oidc-provider");
const dir = join(scratch, "oidc");
mkdirSync(dir, { recursive: true });
const file = (name, content) => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return `file:${path}`;
};
const keyFile = (name) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const path = file(name, privateKey.export({ type: "pkcs8", format: "pem" }));
  return { path, jwk: publicKey.export({ format: "jwk" }) };
};

const secret = "a secret: of+ client%s & more, 40 bytes";
const secretFile = file("secret", secret);
const assertionKey = keyFile("assertion.pem");
const proofKey = keyFile("proof.pem").path;
const otherKey = keyFile("other.pem").path;
const api = "https://api.acme.example";
const exchangeGrant = "urn:ietf:params:oauth:grant-type:token-exchange";
const native = {
  application_type: "native",
  redirect_uris: ["http://127.0.0.1/callback"],
  token_endpoint_auth_method: "none",
  grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
};
const service = { redirect_uris: [], response_types: [], grant_types: ["client_credentials", exchangeGrant] };
const clients = [
  { ...service, client_id: "svc:basic", client_secret: secret, token_endpoint_auth_method: "client_secret_basic" },
  { ...service, client_id: "svc-post", client_secret: secret, token_endpoint_auth_method: "client_secret_post" },
  {
    ...service,
    client_id: "svc-jwt",
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: "ES256",
    jwks: { keys: [{ ...assertionKey.jwk, kid: "a1" }] },
  },
  { ...native, client_id: "rotating" },
  { ...native, client_id: "fixed" },
];

const listening = createServer();
await new Promise((ready) => listening.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${listening.address().port}`;
const requests = [];
const provider = new Provider(issuer, {
  clients,
  scopes: ["openid", "offline_access", "read", "write"],
  cookies: { keys: [randomBytes(16).toString("hex")] },
  pkce: { required: () => true },
  issueRefreshToken: async () => true,
  rotateRefreshToken: (ctx) => ctx.oidc.client.clientId !== "fixed",
  features: {
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: "read write",
        audience: api,
        accessTokenFormat: "jwt",
        accessTokenTTL: 600,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  },
  jwks: {
    keys: [
      { ...generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" }), use: "sig", kid: "r1" },
      { ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), use: "sig", kid: "e1" },
    ],
  },
});
provider.registerGrantType(
  exchangeGrant,
  async (ctx) => {
    const { subject_token: text, subject_token_type: kind, scope } = ctx.oidc.params;
    const subject =
      kind === "urn:ietf:params:oauth:token-type:access_token" &&
      ((await provider.AccessToken.find(text)) ?? (await provider.ClientCredentials.find(text)));
    if (!subject) {
      ctx.status = 400;
      ctx.body = { error: "invalid_grant", error_description: "the subject token is not known" };
      return;
    }
    const token = new provider.ClientCredentials({ client: ctx.oidc.client, scope });
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
      token_type: "Bearer",
      expires_in: token.expiration,
      scope,
    };
  },
  ["subject_token", "subject_token_type", "requested_token_type", "audience", "scope"],
);
const answer = provider.callback();
listening.on("request", (request, response) => {
  requests.push(`${request.method} ${request.url}`);
  answer(request, response);
});

/** Runs the binary beside the provider; `onLine` sees each line of its standard error as it comes. */
function run(words, onLine = () => {}, home = dir) {
  return new Promise((done) => {
    const child = spawn(process.env.COUNTERSIGN, words, { cwd: scratch, env: { HOME: home } });
    const [output, error] = [[], []];
    let rest = "";
    child.stdout.on("data", (bytes) => output.push(bytes));
    child.stderr.on("data", (bytes) => {
      error.push(bytes);
      const lines = (rest + bytes).split("\n");
      rest = lines.pop();
      for (const line of lines) onLine(line);
    });
    const timer = setTimeout(() => child.kill(), 60_000);
    child.on("close", (status) => {
      clearTimeout(timer);
      done({ status, output: String(Buffer.concat(output)), error: String(Buffer.concat(error)) });
    });
  });
}

const local = ["--issuer", issuer, "--allow-local"];
const basic = ["--client", "svc:basic", "--client-secret", secretFile];
const json = (result) => {
  try {
    return JSON.parse(result.output);
  } catch {
    return {};
  }
};
const told = ({ status, output, error }) => `status ${status}\n${output}${error}`;
function check(what, result, status, ...parts) {
  const text = result.output + result.error;
  const holds = result.status === status && parts.every((part) => (part instanceof RegExp ? part.test(text) : text.includes(part)));
  checks.check(what, holds, `expected ${status} and ${parts.join(" · ")}, got ${told(result)}`);
  return json(result);
}

/** A browser that fills in the provider's pages; where it ends. */
async function browse(url, { deny = false } = {}) {
  const jar = new Map();
  let options = {};
  for (let step = 0; step < 20; step += 1) {
    const response = await fetch(url, {
      ...options,
      redirect: "manual",
      headers: { cookie: [...jar].map((pair) => pair.join("=")).join("; ") },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name, ...value] = line.split(";")[0].split("=");
      jar.set(name, value.join("="));
    }
    options = {};
    const location = response.headers.get("location");
    if (location) {
      url = new URL(location, url).href;
      continue;
    }
    const page = await response.text();
    const action = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
    if (!action || !response.ok) return { url, status: response.status, page };
    const fields = Object.fromEntries([...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    if (deny && page.includes('value="consent"')) {
      url = /href="([^"]+abort)"/.exec(page)[1];
      continue;
    }
    if (page.includes('name="login"')) Object.assign(fields, { login: "alice", password: "x" });
    const code = /<input\s[^>]*value="([^"]+)"[^>]*name="user_code"/.exec(page)?.[1];
    if (code) fields.user_code = code;
    url = new URL(action, url).href;
    options = { method: "POST", body: new URLSearchParams(fields) };
  }
  return { url, status: 0, page: "too many steps" };
}

const signIn = (words, browsing) =>
  run(["jwt", "fetch", "code", ...local, ...words], (line) => {
    const url = /^open (http\S+)$/.exec(line)?.[1];
    if (url) (browsing ?? browse)(url).catch((problem) => checks.check("pages driven", false, String(problem)));
  });

const access = (result) => file(`token-${randomBytes(4).toString("hex")}`, result.access_token ?? "none");
const refresh = (result) => file(`refresh-${randomBytes(4).toString("hex")}`, result.refresh_token ?? "none");

// Client credentials, each way for a client to show who it is.
const methods = [
  basic,
  ["--client", "svc-post", "--client-secret", secretFile, "--client-auth", "post"],
  ["--client", "svc-jwt", "--client-key", `a1=${assertionKey.path}`],
];
for (const words of methods) {
  const got = await run(["jwt", "fetch", "client-credentials", ...local, ...words, "--scope", "read"]);
  const tokens = check("client credentials", got, 0, "fetched-tokens/v1");
  checks.check("client credentials", tokens.token_type === "Bearer" && tokens.scope === "read", told(got));
}
check("refused clients", await run(["jwt", "fetch", "client-credentials", ...local, "--client", "svc:basic", "--client-secret", file("wrong", "x")]), 2, "invalid_client", "hint:");
check("refused clients", await run(["jwt", "fetch", "client-credentials", ...local, "--client", "svc-jwt", "--client-key", `a1=${otherKey}`]), 2, "invalid_client");
check("refused clients", await run(["jwt", "fetch", "client-credentials", ...local, "--client", "rotating"]), 2, "requested grant type is not allowed");
check("refused clients", await run(["jwt", "fetch", "client-credentials", ...local, ...basic, "--scope", "read", "--resource", "not a uri"]), 2, "invalid_target");
const alone = await run(["jwt", "fetch", "client-credentials", ...local, ...basic, "--print", "access_token"]);
checks.check("client credentials", /^[\w-]+\n$/.test(alone.output), told(alone));

// DPoP with a nonce that the provider demands.
const bound = await run(["jwt", "fetch", "client-credentials", ...local, ...basic, "--dpop", proofKey, "--scope", "read"]);
const boundToken = check("dpop", bound, 0, '"token_type": "DPoP"');
const before = requests.length;
check("dpop", await run(["jwt", "fetch", "client-credentials", ...local, ...methods[2], "--dpop", proofKey]), 0, '"token_type": "DPoP"');
checks.check("dpop", requests.slice(before).filter((line) => line === "POST /token").length === 2, "asked again with the nonce, once");
const looked = check("dpop", await run(["jwt", "introspect", ...local, ...basic, "--token", access(boundToken), "--format", "json"]), 0, "jkt");
checks.check("dpop", looked.answer?.token_type === "DPoP", JSON.stringify(looked));

// Discovery: JWT access tokens and ID tokens under the issuer's own keys.
const forApi = ["--resource", api, "--scope", "read"];
const jwt = check("verified", await run(["jwt", "fetch", "client-credentials", ...local, ...basic, ...forApi]), 0);
const verify = (words, home) => run(["jwt", "verify", ...local, ...words], () => {}, home);
check("verified", await verify(["--profile", "access", "--aud", api, jwt.access_token]), 0, "accepted");
check("refused", await verify(["--aud", "https://other.example", jwt.access_token]), 1, "jwt-audience-mismatch");
const asked = requests.length;
check("verified", await verify(["--aud", api, jwt.access_token]), 0);
checks.check("cached", requests.length === asked, requests.slice(asked).join(", "));
check("verified", await verify(["--aud", api, "--no-cache", jwt.access_token]), 0);
checks.check("cached", requests.length === asked + 2, requests.slice(asked).join(", "));
check("refused", await run(["jwt", "verify", "--issuer", `${issuer}/`, "--allow-local", "--aud", api, jwt.access_token]), 2, "not of");
check("refused", await run(["jwt", "verify", "--issuer", issuer.replace("127.0.0.1", "localhost"), "--allow-local", "--aud", api, jwt.access_token]), 2, "not of");
check("refused", await run(["jwt", "verify", "--issuer", issuer, "--aud", api, jwt.access_token]), 2, "is not https");

// Authorization code with PKCE; the ID token is verified with its nonce, at_hash and the issuer's keys.
const user = ["--client", "rotating", "--scope", "openid read"];
const signedIn = await signIn(user);
const session = check("code", signedIn, 0, '"id_token_verified": true');
check("code", await verify(["--profile", "id", "--client", "rotating", "--aud", "rotating", session.id_token ?? "x"]), 0, "accepted");
check("code", await signIn([...user, "--dpop", proofKey]), 0, '"token_type": "DPoP"');
check("code denied", await signIn(user, (url) => browse(url, { deny: true })), 2, "access_denied");
const forged = await signIn([...user, "--wait", "20s"], async (url) => {
  const redirect = new URL(url).searchParams.get("redirect_uri");
  checks.check("code", (await fetch(`${redirect}?code=stolen&state=guessed`)).status === 400, "a forged answer");
  checks.check("code", (await fetch(new URL("/favicon.ico", redirect))).status === 404, "an icon");
  await browse(url);
});
check("code", forged, 0, "turned away");
const mixedUp = await signIn(user, async (url) => {
  const { searchParams } = new URL(url);
  await fetch(`${searchParams.get("redirect_uri")}?code=x&state=${searchParams.get("state")}&iss=https://evil.example`);
});
check("code refused", mixedUp, 2, "evil.example");
const anonymous = await signIn(user, async (url) => {
  const { searchParams } = new URL(url);
  await fetch(`${searchParams.get("redirect_uri")}?code=x&state=${searchParams.get("state")}`);
});
check("code refused", anonymous, 2, "does not say which issuer");
const invented = await signIn(user, async (url) => {
  const { searchParams } = new URL(url);
  await fetch(`${searchParams.get("redirect_uri")}?code=x&state=${searchParams.get("state")}&iss=${encodeURIComponent(issuer)}`);
});
check("code refused", invented, 2, "invalid_grant");

// Refresh, and the rotation test on a server that rotates and one that does not.
const renewed = check("refresh", await run(["jwt", "fetch", "refresh", ...local, "--client", "rotating", "--token", refresh(session)]), 0, "refresh_token");
const test = (client, tokens) => run(["jwt", "fetch", "refresh", ...local, "--client", client, "--token", refresh(tokens), "--test-rotation", "--format", "json"]);
const rotated = check("rotation on", await test("rotating", renewed), 0, '"rotation": "rotated"');
checks.check("rotation on", rotated.family === "revoked" && rotated.tokens === null, JSON.stringify(rotated));
const fixed = check("code", await signIn(["--client", "fixed", "--scope", "openid"]), 0);
const kept = check("rotation off", await test("fixed", fixed), 1, '"rotation": "not-rotated"');
checks.check("rotation off", kept.passes === false && typeof kept.tokens?.access_token === "string", JSON.stringify(kept));
check("refresh", await run(["jwt", "fetch", "refresh", ...local, "--client", "rotating", "--token", refresh(session)]), 2, "invalid_grant");

// A device: the user enters the code on another one.
const device = await run(["jwt", "fetch", "device", ...local, "--client", "rotating", "--scope", "openid"], (line) => {
  const place = /^or open (\S+)$/.exec(line)?.[1];
  if (place) browse(place).then(({ page, status }) => checks.check("device", status === 200 && /success/i.test(page), `${status} ${page}`));
});
check("device", device, 0, '"id_token_verified": true');

// Token exchange.
const subject = await run(["jwt", "fetch", "client-credentials", ...local, ...basic, "--scope", "read"]);
const exchange = (token) => run(["jwt", "fetch", "exchange", ...local, ...methods[1], "--subject", token, "--scope", "write", "--audience", "payments"]);
check("exchange", await exchange(access(json(subject))), 0, '"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"');
check("exchange", await exchange(file("unknown", "nonsense")), 2, "invalid_grant");

// Introspection and revocation.
const opaque = access(json(subject));
const introspect = (token, ...words) => run(["jwt", "introspect", ...local, ...basic, "--token", token, ...words]);
check("introspection", await introspect(opaque), 0, "active", "scope");
check("introspection", await introspect(file("never", "never-issued")), 1, "inactive");
check("introspection", await run(["jwt", "introspect", "--url", `${issuer}/token/introspection`, "--allow-local", ...methods[1], "--token", opaque]), 0, "active");
check("introspection", await run(["jwt", "introspect", ...local, "--client", "svc:basic", "--client-secret", file("wrong", "x"), "--token", opaque]), 2, "invalid_client");
check("revocation", await run(["jwt", "revoke", ...local, ...basic, "--token", opaque, "--confirm"]), 0, "revoked");
check("revocation", await introspect(opaque), 1, "inactive");
check("revocation", await run(["jwt", "revoke", ...local, ...basic, "--token", file("never", "never-issued")]), 0, "done");

// Nothing secret is ever on a command line of ours or in what is said beside the result.
for (const result of [signedIn, device, bound, renewed, rotated]) {
  const said = result.error ?? "";
  checks.check("nothing secret is told", !said.includes(secret) && !/eyJ/.test(said), said);
}
checks.check("a private answer", readFileSync(join(dir, "secret"), "utf8") === secret, "the secret is as it was");

listening.closeAllConnections();
listening.close();
checks.end();
