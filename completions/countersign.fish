# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_countersign_global_optspecs
    string join \n format= o/output= color= q/quiet no-progress config= audit-log= correlation-id= h/help V/version
end

function __fish_countersign_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_countersign_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_countersign_using_subcommand
    set -l cmd (__fish_countersign_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c countersign -n "__fish_countersign_needs_command" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_needs_command" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_needs_command" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_needs_command" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_needs_command" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_needs_command" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_needs_command" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_needs_command" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_needs_command" -s V -l version -d 'Print version'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "request" -d 'Sign and verify HTTP requests'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "jwt" -d 'Mint, inspect and verify JSON Web Tokens'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "cert" -d 'Run a private certificate authority with SPIFFE identity'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "review" -d 'Review who has access to what'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "lint" -d 'Lint Kubernetes and Istio manifests'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "explain" -d 'Explain a rule or a reason code'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "config" -d 'Show the configuration in force'
complete -c countersign -n "__fish_countersign_needs_command" -f -a "completions" -d 'Write a shell\'s completions'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "sign" -d 'Sign a message'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "verify" -d 'Verify signed messages'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "explain" -d 'Say why a signed message is refused'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "send" -d 'Sign a request and send it'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "listen" -d 'Receive signed requests and verify them'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "lint" -d 'Find what is weak about signed messages and keys'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "recipe" -d 'Write how to recompute a MAC with other tools'
complete -c countersign -n "__fish_countersign_using_subcommand request; and not __fish_seen_subcommand_from sign verify explain send listen lint recipe selftest" -f -a "selftest" -d 'Verify published examples'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l curl -d 'A `curl` command line, or a file that holds one, in place of the message' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l har -d 'An HTTP archive, a file or `-`, in place of the message' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l entry -d 'Which entry of the archive, from 0' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l url -d 'The URL of a request that is given by flags' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -s X -l method -d 'Its method [default: GET, or POST with `--data`]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -s H -l header -d 'A header field of it, `Name: value`; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l data -d 'Its body, a file or `-`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l scheme -d 'The signature scheme' -r -f -a "rfc9421\t'HTTP Message Signatures, RFC 9421'
sigv4\t'AWS Signature Version 4'
sigv4a\t'AWS Signature Version 4A'
goog4\t'Google Cloud Storage, V4'
tencent\t'Tencent Cloud, version 3'
aliyun\t'Alibaba Cloud, version 3'
azure\t'Azure Storage, Shared Key'
draft-cavage\t'draft-cavage-http-signatures-12'
custom\t'a scheme of one\'s own, described in `--scheme-file`'
standard-webhooks\t'the webhooks of standard-webhooks'
github\t'the webhooks of github'
stripe\t'the webhooks of stripe'
slack\t'the webhooks of slack'
shopify\t'the webhooks of shopify'
woocommerce\t'the webhooks of woocommerce'
hookdeck\t'the webhooks of hookdeck'
gitlab\t'the webhooks of gitlab'
twilio\t'the webhooks of twilio'
paddle\t'the webhooks of paddle'
elevenlabs\t'the webhooks of elevenlabs'
webflow\t'the webhooks of webflow'
vercel\t'the webhooks of vercel'
sendgrid\t'the webhooks of sendgrid'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l scheme-file -d 'The description of a scheme of one\'s own, TOML; with `--scheme custom`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l region -d 'The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l service -d 'The service of a signature of SigV4 or tencent' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l alg -d 'The algorithm; by default the one for the key\'s kind' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat to sign with several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l key-id -d 'The key id to write into the signature (of a cloud\'s the access key id, of azure the account); with several keys one for each' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l cover -d 'A component to cover, such as `@method` or `content-type`; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l label -d 'The label of the signature [default: sig1]; with several keys one for each, in their order' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l expires-in -d 'Let the signature expire after this time, such as `5m`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l nonce -d 'The nonce, or the id of a webhook\'s message; a random one unless given' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l tag -d 'The application that the signature is for' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l digest -d 'The digest to make for a body: sha-256 or sha-512; repeat for both' -r -f -a "sha-256\t''
sha-512\t''"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l aws-profile -d 'Take the credentials of a SigV4 signature from this profile of the AWS command line' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l session-token -d 'Where the session token of temporary credentials is, of SigV4, tencent and aliyun' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l target-scheme -d 'The scheme of the request\'s URI: https or http [default: https; while listening http]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l authority -d 'The host (and port) that the client asked, where a proxy changed `Host`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l trust-forwarded -d 'Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l field-type -d 'The type of a structured field that is not registered: list, dictionary or item; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l accept -d 'Sign what the `Accept-Signature` of this message asks for, a file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l request -d 'The request that a response answers, a file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l emit -d 'What to write' -r -f -a "message\t'The whole signed message'
headers\t'The new fields alone'
base\t'The text that is signed'
curl\t'A curl command that sends the message'
url\t'The new URL, of a presigned request'
har\t'An HTTP archive with the message in it'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l omit-session-token -d 'The session token of a SigV4 request is sent but not signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l newest-key -d 'Of several keys in their time sign with the newest alone, not with all: that whose `nbf` is the latest'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l thumbprint-id -d 'Write the RFC 7638 thumbprint of a key without id as its key id'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l no-nonce -d 'Write no nonce'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l presign -d 'Put a signature of SigV4 or goog4 into the URL; it lives as long as `--expires-in` says, or 15m'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l unsigned-payload -d 'Leave the body out of a signature of SigV4, goog4 or tencent'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l convert -d 'Replace the draft-cavage signature of the message, which must be good under the same key, by one of RFC 9421'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l curl -d 'A `curl` command line, or a file that holds one, in place of the message' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l har -d 'An HTTP archive, a file or `-`, in place of the message' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l entry -d 'Which entry of the archive, from 0' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l request -d 'The request that a response answers, a file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l scheme -d 'The signature scheme' -r -f -a "rfc9421\t'HTTP Message Signatures, RFC 9421'
sigv4\t'AWS Signature Version 4'
sigv4a\t'AWS Signature Version 4A'
goog4\t'Google Cloud Storage, V4'
tencent\t'Tencent Cloud, version 3'
aliyun\t'Alibaba Cloud, version 3'
azure\t'Azure Storage, Shared Key'
draft-cavage\t'draft-cavage-http-signatures-12'
custom\t'a scheme of one\'s own, described in `--scheme-file`'
standard-webhooks\t'the webhooks of standard-webhooks'
github\t'the webhooks of github'
stripe\t'the webhooks of stripe'
slack\t'the webhooks of slack'
shopify\t'the webhooks of shopify'
woocommerce\t'the webhooks of woocommerce'
hookdeck\t'the webhooks of hookdeck'
gitlab\t'the webhooks of gitlab'
twilio\t'the webhooks of twilio'
paddle\t'the webhooks of paddle'
elevenlabs\t'the webhooks of elevenlabs'
webflow\t'the webhooks of webflow'
vercel\t'the webhooks of vercel'
sendgrid\t'the webhooks of sendgrid'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l scheme-file -d 'The description of a scheme of one\'s own, TOML; with `--scheme custom`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l region -d 'The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l service -d 'The service of a signature of SigV4 or tencent' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l alg -d 'An algorithm that is accepted; repeat for several. By default those of the keys\' kinds' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l label -d 'The label of the signature to verify; by default every signature is looked at' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l require -d 'A component that must be covered; repeat for more. Replaces the default' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l max-age -d 'The largest age, such as `30s`, or `none` for any [default: 5m, or what the scheme says]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l leeway -d 'How far the signer\'s clock may differ, at most `5m`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l tag -d 'The tag that the signature must carry' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l nonce -d 'The nonce that the signature must carry' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l replay-store -d 'Remember accepted signatures in this file and refuse them the second time; judges by the present, never by `--at`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l target-scheme -d 'The scheme of the request\'s URI: https or http [default: https; while listening http]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l authority -d 'The host (and port) that the client asked, where a proxy changed `Host`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l trust-forwarded -d 'Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l field-type -d 'The type of a structured field that is not registered: list, dictionary or item; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l batch -d 'Read messages from standard input, one JSON object a line with `message` (or `message_base64`), perhaps `id` and `request`; answer in their order'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l show-base -d 'Also print the text that is signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l omit-session-token -d 'The session token of a SigV4 request is sent but not signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l require-nothing -d 'Require no coverage at all, and no signed body'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l curl -d 'A `curl` command line, or a file that holds one, in place of the message' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l har -d 'An HTTP archive, a file or `-`, in place of the message' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l entry -d 'Which entry of the archive, from 0' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l url -d 'The URL of a request that is given by flags' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -s X -l method -d 'Its method [default: GET, or POST with `--data`]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -s H -l header -d 'A header field of it, `Name: value`; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l data -d 'Its body, a file or `-`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l request -d 'The request that a response answers, a file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l expected -d 'What the other side signed: its text, or an error document of AWS' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l scheme -d 'The signature scheme' -r -f -a "rfc9421\t'HTTP Message Signatures, RFC 9421'
sigv4\t'AWS Signature Version 4'
sigv4a\t'AWS Signature Version 4A'
goog4\t'Google Cloud Storage, V4'
tencent\t'Tencent Cloud, version 3'
aliyun\t'Alibaba Cloud, version 3'
azure\t'Azure Storage, Shared Key'
draft-cavage\t'draft-cavage-http-signatures-12'
custom\t'a scheme of one\'s own, described in `--scheme-file`'
standard-webhooks\t'the webhooks of standard-webhooks'
github\t'the webhooks of github'
stripe\t'the webhooks of stripe'
slack\t'the webhooks of slack'
shopify\t'the webhooks of shopify'
woocommerce\t'the webhooks of woocommerce'
hookdeck\t'the webhooks of hookdeck'
gitlab\t'the webhooks of gitlab'
twilio\t'the webhooks of twilio'
paddle\t'the webhooks of paddle'
elevenlabs\t'the webhooks of elevenlabs'
webflow\t'the webhooks of webflow'
vercel\t'the webhooks of vercel'
sendgrid\t'the webhooks of sendgrid'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l scheme-file -d 'The description of a scheme of one\'s own, TOML; with `--scheme custom`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l region -d 'The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l service -d 'The service of a signature of SigV4 or tencent' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l alg -d 'An algorithm that is accepted; repeat for several. By default those of the keys\' kinds' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l label -d 'The label of the signature to verify; by default every signature is looked at' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l require -d 'A component that must be covered; repeat for more. Replaces the default' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l max-age -d 'The largest age, such as `30s`, or `none` for any [default: 5m, or what the scheme says]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l leeway -d 'How far the signer\'s clock may differ, at most `5m`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l tag -d 'The tag that the signature must carry' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l nonce -d 'The nonce that the signature must carry' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l target-scheme -d 'The scheme of the request\'s URI: https or http [default: https; while listening http]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l authority -d 'The host (and port) that the client asked, where a proxy changed `Host`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l trust-forwarded -d 'Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l field-type -d 'The type of a structured field that is not registered: list, dictionary or item; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l replay-store -d 'Remember accepted signatures in this file and refuse them the second time; judges by the present, never by `--at`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l omit-session-token -d 'The session token of a SigV4 request is sent but not signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l require-nothing -d 'Require no coverage at all, and no signed body'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l curl -d 'A `curl` command line, or a file that holds one, in place of the message' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l har -d 'An HTTP archive, a file or `-`, in place of the message' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l entry -d 'Which entry of the archive, from 0' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l url -d 'The URL of a request that is given by flags' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -s X -l method -d 'Its method [default: GET, or POST with `--data`]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -s H -l header -d 'A header field of it, `Name: value`; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l data -d 'Its body, a file or `-`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l scheme -d 'The signature scheme' -r -f -a "rfc9421\t'HTTP Message Signatures, RFC 9421'
sigv4\t'AWS Signature Version 4'
sigv4a\t'AWS Signature Version 4A'
goog4\t'Google Cloud Storage, V4'
tencent\t'Tencent Cloud, version 3'
aliyun\t'Alibaba Cloud, version 3'
azure\t'Azure Storage, Shared Key'
draft-cavage\t'draft-cavage-http-signatures-12'
custom\t'a scheme of one\'s own, described in `--scheme-file`'
standard-webhooks\t'the webhooks of standard-webhooks'
github\t'the webhooks of github'
stripe\t'the webhooks of stripe'
slack\t'the webhooks of slack'
shopify\t'the webhooks of shopify'
woocommerce\t'the webhooks of woocommerce'
hookdeck\t'the webhooks of hookdeck'
gitlab\t'the webhooks of gitlab'
twilio\t'the webhooks of twilio'
paddle\t'the webhooks of paddle'
elevenlabs\t'the webhooks of elevenlabs'
webflow\t'the webhooks of webflow'
vercel\t'the webhooks of vercel'
sendgrid\t'the webhooks of sendgrid'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l scheme-file -d 'The description of a scheme of one\'s own, TOML; with `--scheme custom`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l region -d 'The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l service -d 'The service of a signature of SigV4 or tencent' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l alg -d 'The algorithm; by default the one for the key\'s kind' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat to sign with several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l key-id -d 'The key id to write into the signature (of a cloud\'s the access key id, of azure the account); with several keys one for each' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l cover -d 'A component to cover, such as `@method` or `content-type`; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l label -d 'The label of the signature [default: sig1]; with several keys one for each, in their order' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l expires-in -d 'Let the signature expire after this time, such as `5m`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l nonce -d 'The nonce, or the id of a webhook\'s message; a random one unless given' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l tag -d 'The application that the signature is for' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l digest -d 'The digest to make for a body: sha-256 or sha-512; repeat for both' -r -f -a "sha-256\t''
sha-512\t''"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l aws-profile -d 'Take the credentials of a SigV4 signature from this profile of the AWS command line' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l session-token -d 'Where the session token of temporary credentials is, of SigV4, tencent and aliyun' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l target-scheme -d 'The scheme of the request\'s URI: https or http [default: https; while listening http]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l authority -d 'The host (and port) that the client asked, where a proxy changed `Host`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l trust-forwarded -d 'Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l field-type -d 'The type of a structured field that is not registered: list, dictionary or item; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l response-key -d 'Where a key is that the answer must be signed with; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l ca-file -d 'Trust these certificate authorities (PEM) instead of the system\'s' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l timeout -d 'The time for the whole request' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l omit-session-token -d 'The session token of a SigV4 request is sent but not signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l newest-key -d 'Of several keys in their time sign with the newest alone, not with all: that whose `nbf` is the latest'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l thumbprint-id -d 'Write the RFC 7638 thumbprint of a key without id as its key id'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l no-nonce -d 'Write no nonce'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l presign -d 'Put a signature of SigV4 or goog4 into the URL; it lives as long as `--expires-in` says, or 15m'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l unsigned-payload -d 'Leave the body out of a signature of SigV4, goog4 or tencent'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l whole-body -d 'Show the whole body of the answer, and not its beginning alone'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l allow-local -d 'Allow loopback, link-local and metadata addresses, and plain HTTP to loopback'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l port -d 'The port; 0 takes a free one, which is told on standard error' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l requests -d 'End after this many requests' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l max-body -d 'The largest body, in bytes' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l max-connections -d 'The largest number of connections at a time' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l patience -d 'The time for a request to arrive' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l forward -d 'Pass accepted requests on to this URL, and their answers back; `Forwarded` and `X-Forwarded-*` go along only where `--trust-forwarded` believes them' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l forward-key -d 'Where the key is that passed requests are signed with, RFC 9421' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l forward-key-id -d 'The key id to write into that signature' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l scheme -d 'The signature scheme' -r -f -a "rfc9421\t'HTTP Message Signatures, RFC 9421'
sigv4\t'AWS Signature Version 4'
sigv4a\t'AWS Signature Version 4A'
goog4\t'Google Cloud Storage, V4'
tencent\t'Tencent Cloud, version 3'
aliyun\t'Alibaba Cloud, version 3'
azure\t'Azure Storage, Shared Key'
draft-cavage\t'draft-cavage-http-signatures-12'
custom\t'a scheme of one\'s own, described in `--scheme-file`'
standard-webhooks\t'the webhooks of standard-webhooks'
github\t'the webhooks of github'
stripe\t'the webhooks of stripe'
slack\t'the webhooks of slack'
shopify\t'the webhooks of shopify'
woocommerce\t'the webhooks of woocommerce'
hookdeck\t'the webhooks of hookdeck'
gitlab\t'the webhooks of gitlab'
twilio\t'the webhooks of twilio'
paddle\t'the webhooks of paddle'
elevenlabs\t'the webhooks of elevenlabs'
webflow\t'the webhooks of webflow'
vercel\t'the webhooks of vercel'
sendgrid\t'the webhooks of sendgrid'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l scheme-file -d 'The description of a scheme of one\'s own, TOML; with `--scheme custom`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l region -d 'The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l service -d 'The service of a signature of SigV4 or tencent' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l alg -d 'An algorithm that is accepted; repeat for several. By default those of the keys\' kinds' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l label -d 'The label of the signature to verify; by default every signature is looked at' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l require -d 'A component that must be covered; repeat for more. Replaces the default' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l max-age -d 'The largest age, such as `30s`, or `none` for any [default: 5m, or what the scheme says]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l leeway -d 'How far the signer\'s clock may differ, at most `5m`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l tag -d 'The tag that the signature must carry' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l nonce -d 'The nonce that the signature must carry' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l replay-store -d 'Remember accepted signatures in this file and refuse them the second time; judges by the present, never by `--at`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l target-scheme -d 'The scheme of the request\'s URI: https or http [default: https; while listening http]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l authority -d 'The host (and port) that the client asked, where a proxy changed `Host`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l trust-forwarded -d 'Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l field-type -d 'The type of a structured field that is not registered: list, dictionary or item; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l ca-file -d 'Trust these certificate authorities (PEM) instead of the system\'s' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l timeout -d 'The time for the whole request' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l show-base -d 'Also print the text that is signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l omit-session-token -d 'The session token of a SigV4 request is sent but not signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l require-nothing -d 'Require no coverage at all, and no signed body'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l allow-local -d 'Allow loopback, link-local and metadata addresses, and plain HTTP to loopback'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l fail-on -d 'The mildest severity that fails the run: info, low, medium, high or critical' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l exit-zero -d 'Exit with 0 even if findings would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l curl -d 'A `curl` command line, or a file that holds one, in place of the message' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l har -d 'An HTTP archive, a file or `-`, in place of the message' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l entry -d 'Which entry of the archive, from 0' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l url -d 'The URL of a request that is given by flags' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -s X -l method -d 'Its method [default: GET, or POST with `--data`]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -s H -l header -d 'A header field of it, `Name: value`; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l data -d 'Its body, a file or `-`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l scheme -d 'The signature scheme' -r -f -a "rfc9421\t'HTTP Message Signatures, RFC 9421'
sigv4\t'AWS Signature Version 4'
sigv4a\t'AWS Signature Version 4A'
goog4\t'Google Cloud Storage, V4'
tencent\t'Tencent Cloud, version 3'
aliyun\t'Alibaba Cloud, version 3'
azure\t'Azure Storage, Shared Key'
draft-cavage\t'draft-cavage-http-signatures-12'
custom\t'a scheme of one\'s own, described in `--scheme-file`'
standard-webhooks\t'the webhooks of standard-webhooks'
github\t'the webhooks of github'
stripe\t'the webhooks of stripe'
slack\t'the webhooks of slack'
shopify\t'the webhooks of shopify'
woocommerce\t'the webhooks of woocommerce'
hookdeck\t'the webhooks of hookdeck'
gitlab\t'the webhooks of gitlab'
twilio\t'the webhooks of twilio'
paddle\t'the webhooks of paddle'
elevenlabs\t'the webhooks of elevenlabs'
webflow\t'the webhooks of webflow'
vercel\t'the webhooks of vercel'
sendgrid\t'the webhooks of sendgrid'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l scheme-file -d 'The description of a scheme of one\'s own, TOML; with `--scheme custom`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l region -d 'The region of a SigV4 signature; in version 4A the set of regions; of goog4 the location' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l service -d 'The service of a signature of SigV4 or tencent' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l in -d 'What to write it in' -r -f -a "openssl\t'A shell with OpenSSL'
python\t'Python 3'
node\t'Node.js'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l label -d 'The label of the signature, if there are several' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l target-scheme -d 'The scheme of the request\'s URI: https or http [default: https; while listening http]' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l authority -d 'The host (and port) that the client asked, where a proxy changed `Host`' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l trust-forwarded -d 'Take host and scheme from what the nearest proxy, which is trusted, wrote last: forwarded (RFC 7239) or x-forwarded' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l field-type -d 'The type of a structured field that is not registered: list, dictionary or item; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l omit-session-token -d 'The session token of a SigV4 request is sent but not signed'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from recipe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand request; and __fish_seen_subcommand_from selftest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "mint" -d 'Mint a token'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "inspect" -d 'Take a token apart, without verifying it'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "verify" -d 'Verify a token'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "lint" -d 'Find what is weak about tokens, secrets, key sets and metadata'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "diff" -d 'Compare two tokens by what they mean'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "fetch" -d 'Fetch tokens from a server'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "introspect" -d 'Ask a server about a token, and hold its answer against the token itself'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "revoke" -d 'Revoke a token at the server that issued it'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and not __fish_seen_subcommand_from mint inspect verify lint diff fetch introspect revoke jwks" -f -a "jwks" -d 'Work with key sets'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l profile -d 'The kind of token: service, access, refresh, id, client-assertion, dpop, jwt-svid, wit-svid, logout or custom' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l iss -d 'The issuer' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l sub -d 'The subject' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l aud -d 'Who may accept it; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l scope -d 'What it grants; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l client -d 'The client it is issued to (`client_id`); of a client assertion the issuer and the subject' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l nonce -d 'The nonce that was sent' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l device-posture -d 'The state of the sender\'s device; a service token needs `compliant`' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l ttl -d 'How long it lives [default: 15m; 7d for refresh, 5m for client-assertion and jwt-svid, 2m for logout]' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l claim -d 'A further claim, its value as JSON; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l jti -d 'The token\'s id; a random one unless given' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l key -d 'Where the private key or secret is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l key-id -d 'The key id for the header' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l alg -d 'The algorithm; by default the one for the key' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l allow -d 'Mint the token although this rule of `jwt lint` rejects it; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l access-token -d 'Where the access token is that an ID token (`at_hash`) or a DPoP proof (`ath`) goes with: env:NAME, file:PATH, …' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l code -d 'Where the authorization code is that an ID token goes with (`c_hash`)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l method -d 'The method of the request that a DPoP proof is for' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l uri -d 'The URI of the request that a DPoP proof is for, without query and fragment' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l cnf-key -d 'Bind the token to this key (`cnf.jkt`; of a wit-svid `cnf.jwk`): where it is, its public part suffices' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l cnf-certificate -d 'Bind the token to this client certificate (`cnf.x5t#S256`), PEM or DER' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l encrypt-to -d 'Encrypt the signed token to this key (a nested JWE): where it is, of a key pair its public part suffices' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l enc -d 'How the content is encrypted: A128GCM, A192GCM, A256GCM, A128CBC-HS256, A192CBC-HS384 or A256CBC-HS512' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l key-management -d 'How the recipient finds the content key: ECDH-ES+A256KW, A256KW, dir, PBES2-HS512+A256KW, … By default what the key is for' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l iterations -d 'The iterations of PBES2, 1000 to 1200000. Some readers accept few: joserfc 300000, node\'s jose 10000' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from mint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l decrypt-key -d 'Where the private key, secret or password is that an encrypted token is opened with, written as `--key` is; repeat for several. The signed token inside is what is judged' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l redact -d 'Copy the input with its tokens redacted instead of showing them'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l payload -d 'The payload of a JWS that does not carry it' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l key -d 'Where a key or key set is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l decrypt-key -d 'Where the private key, secret or password is that an encrypted token is opened with, written as `--key` is; repeat for several. The signed token inside is what is judged' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l alg -d 'An algorithm that is accepted; repeat for several. By default those of the keys\' kinds; for ID tokens RS256' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l profile -d 'The kind of token, with all that its specification demands: access, id, service, jwt-svid, wit-svid, dpop, logout, refresh or client-assertion' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l iss -d 'The issuer that is accepted; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l aud -d 'Who we are: one of these must be in `aud`; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l sub -d 'A subject that is accepted; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l trust-domain -d 'The trust domain whose keys are given, for jwt-svid and wit-svid' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l typ -d 'A type that the header may name, such as `at+jwt`; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l scope -d 'A scope that must be granted; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l require -d 'A further claim that must be there; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l claim -d 'A claim with its value, where `*` stands for any characters; a path such as `/realm_access/roles` reaches nested claims, and of an array one value must fit; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l client -d 'The client that the token must have been issued to (`azp`, `client_id`)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l nonce -d 'The nonce that was sent' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l acr -d 'An authentication context class that is accepted; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l amr -d 'A method that the user must have signed in with; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l max-auth-age -d 'How long ago the user may have signed in (`auth_time`)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l max-age -d 'How long ago the token may have been issued (`iat`)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l leeway -d 'How far clocks may differ, at most `5m` [default: 0s]' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l access-token -d 'Where the access token is that came with an ID token (`at_hash`) or a DPoP proof (`ath`): env:NAME, file:PATH, …' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l code -d 'Where the authorization code is that came with an ID token (`c_hash`)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l certificate -d 'The certificate that the sender presented, PEM or DER, for a token with `cnf.x5t#S256`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l proof -d 'The DPoP proof that came with the token, or the proof of a workload identity token: the token or a file' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l method -d 'The method of the request that a DPoP proof is for' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l uri -d 'The URI of the request that a DPoP proof is for' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l proof-nonce -d 'The nonce that the server gave for the proof' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l proof-window -d 'How old a proof may be [default: 5m]' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l issuer -d 'The issuer: its description says where its keys and endpoints are (OpenID Connect Discovery, RFC 8414)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l ca-file -d 'Trust these certificate authorities (PEM) instead of the system\'s' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l timeout -d 'The time for the whole request' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l replay-store -d 'Remember the `jti` of accepted tokens in this file and refuse them the second time; judges by the present, never by `--at`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l batch -d 'Verify a stream of tokens on standard input, one a line'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l jws -d 'Verify the signatures of a JWS whose payload is no token, in any serialization; claims are not judged'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l any-aud -d 'Accept any audience'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l mfa -d 'Require several factors (`amr`)'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l unproven -d 'Accept a token that is bound to a key although nothing proves that the sender holds it'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l no-cache -d 'Ask the issuer anew, whatever is kept of its last answers'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l allow-local -d 'Allow loopback, link-local and metadata addresses, and plain HTTP to loopback'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l key -d 'Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l key-encoding -d 'How the secret is written: utf8, base64, base64url, hex or raw. Key files are recognised without it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l key-password -d 'Where the password of an encrypted private key is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l issuer -d 'The issuer that the metadata was asked of, to be compared with the one in it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l fail-on -d 'The mildest severity that fails the run: info, low, medium, high or critical' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l baseline -d 'Mark the findings that this baseline file knows, and do not count them' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l write-baseline -d 'Write the findings of this run to a new baseline file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l private-set -d 'The key sets are not published: private and shared keys belong in them'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l exit-zero -d 'Exit with 0 even if findings would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l no-ignores -d 'Count findings that a comment sets aside'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -f -a "client-credentials" -d 'Fetch a token for a service of its own'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -f -a "code" -d 'Sign a user in with a browser'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -f -a "device" -d 'Sign a user in on another device'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -f -a "exchange" -d 'Exchange a token for another'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from fetch" -f -a "refresh" -d 'Refresh tokens, or test whether old refresh tokens die'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l token -d 'Where the token is: env:NAME, file:PATH, fd:N, stdin or prompt; for tokens that are no JWT, too' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l hint -d 'What kind of token it is, for a server that looks faster then: access_token or refresh_token' -r -f -a "access_token\t''
refresh_token\t''"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l url -d 'The introspection endpoint, instead of the issuer\'s' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l client -d 'The client\'s id' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l client-secret -d 'Where the client\'s secret is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l client-key -d 'Where the private key is that the client signs assertions with (`private_key_jwt`), perhaps with `ID=` before it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l client-certificate -d 'The certificate that the client shows in TLS (RFC 8705), PEM, with its chain' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l client-certificate-key -d 'Where the private key of that certificate is, PEM' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l client-auth -d 'How the client shows who it is: basic, post, private-key-jwt, tls or none. By default what is given decides' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l key-password -d 'Where the password of an encrypted private key is' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l issuer -d 'The issuer: its description says where its keys and endpoints are (OpenID Connect Discovery, RFC 8414)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l ca-file -d 'Trust these certificate authorities (PEM) instead of the system\'s' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l timeout -d 'The time for the whole request' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l no-cache -d 'Ask the issuer anew, whatever is kept of its last answers'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l allow-local -d 'Allow loopback, link-local and metadata addresses, and plain HTTP to loopback'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from introspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l token -d 'Where the token is: env:NAME, file:PATH, fd:N, stdin or prompt; for tokens that are no JWT, too' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l hint -d 'What kind of token it is, for a server that looks faster then: access_token or refresh_token' -r -f -a "access_token\t''
refresh_token\t''"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l url -d 'The revocation endpoint, instead of the issuer\'s' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l client -d 'The client\'s id' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l client-secret -d 'Where the client\'s secret is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l client-key -d 'Where the private key is that the client signs assertions with (`private_key_jwt`), perhaps with `ID=` before it' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l client-certificate -d 'The certificate that the client shows in TLS (RFC 8705), PEM, with its chain' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l client-certificate-key -d 'Where the private key of that certificate is, PEM' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l client-auth -d 'How the client shows who it is: basic, post, private-key-jwt, tls or none. By default what is given decides' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l key-password -d 'Where the password of an encrypted private key is' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l issuer -d 'The issuer: its description says where its keys and endpoints are (OpenID Connect Discovery, RFC 8414)' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l ca-file -d 'Trust these certificate authorities (PEM) instead of the system\'s' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l timeout -d 'The time for the whole request' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l confirm -d 'Ask the issuer about the token afterwards'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l no-cache -d 'Ask the issuer anew, whatever is kept of its last answers'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l allow-local -d 'Allow loopback, link-local and metadata addresses, and plain HTTP to loopback'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "generate" -d 'Make a key'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "convert" -d 'Write a key in another form'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "thumbprint" -d 'Compute the thumbprint of keys'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "public" -d 'Print the public half of a set'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "add" -d 'Add keys to a set'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "remove" -d 'Take a key out of a set at once'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "rotate" -d 'Rotate the signing key of a private set'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "current" -d 'Print the key that signs now'
complete -c countersign -n "__fish_countersign_using_subcommand jwt; and __fish_seen_subcommand_from jwks" -f -a "fetch" -d 'Fetch a key set from a URL'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "init" -d 'Make a certificate authority: a root, an issuing authority below it, and the log of what it issues'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "verify" -d 'Verify a chain: as an X509-SVID, or as a TLS peer\'s'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "inspect" -d 'Show what certificates, requests, revocation lists, bundles and keys hold'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "lint" -d 'Find what is weak or wrong about certificates and revocation lists'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "probe" -d 'Ask a TLS server what it offers, and whether it wants a certificate of its clients'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "request" -d 'Ask an authority for a certificate: a certification request, with a new key or for one that is there'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "issue" -d 'Issue a certificate, with a new key or for a certification request'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "renew" -d 'Renew a certificate if it needs it'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "watch" -d 'Keep a certificate renewed'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "status" -d 'Say which certificates need renewal, and why'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "revoke" -d 'Revoke a certificate'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "crl" -d 'Make the revocation list of an authority'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "bundle" -d 'Hand out what others are to trust, and plan how it changes'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "log" -d 'Prove what was issued, and look for what is unusual about it'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "selftest" -d 'Prove that mutual TLS works with this authority, and that it refuses what it must'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and not __fish_seen_subcommand_from init verify inspect lint probe request issue renew watch status revoke crl bundle log selftest explain" -f -a "explain" -d 'Tell how OpenSSL, Go, rustls, GnuTLS and Python judge a chain, where they are known to differ'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l trust-domain -d 'The SPIFFE trust domain' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l ca-password -d 'Where the password for the keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l key-type -d 'The kind of the authorities\' keys' -r -f -a "p256\t'ECDSA on P-256'
p384\t'ECDSA on P-384'
ed25519\t'Ed25519'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l issuing-public-key -d 'The public key of an issuing authority whose private key is elsewhere; issuing then takes `--signer`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l permit -d 'Allow only names in here: dns:NAME, ip:NETWORK/BITS or uri:HOST; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l exclude -d 'Never allow names in here' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l generation -d 'Which in a row of authorities it is: rotated authorities need different names' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l root-ttl -d 'How long the root lives' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l issuing-ttl -d 'How long the issuing authority lives' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l max-ttl -d 'The longest life of the leaves it issues' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l policy -d 'What it may issue, as `policy.toml` says it' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l reproducible -d 'Derive new keys and serial numbers from the seed that is there, instead of chance: env:NAME, file:PATH, fd:N, stdin or prompt. Needs `--at`, and Ed25519 keys; whoever has the seed has every key' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l plaintext-keys -d 'Store the keys unencrypted'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l bundle -d 'The authorities to trust; with several, whose each is; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l spiffe-id -d 'The workload that the leaf must name' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l trust-domain -d 'The trust domain that the leaf must be of' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l host -d 'The server that the leaf must name: a DNS name or an address' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l profile -d 'Whose rules apply [default: spiffe; with --host mtls]' -r -f -a "spiffe\t'X509-SVIDs'
mtls\t'TLS between services'
rfc5280\t'RFC 5280 whole, what it demands of issuers too'
webpki\t'What the CA/Browser Forum asks of keys, names, purposes and wildcards; not of lifetimes and policies'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l peer -d 'What the leaf\'s owner does in TLS, so that its purpose is checked [default: with --host server]' -r -f -a "server\t'It serves: serverAuth'
client\t'It connects: clientAuth'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l intermediates -d 'Further authorities that may stand between leaf and bundle; repeat for several' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l crl -d 'Revocation lists, PEM or DER; repeat for several. A certificate that none covers is refused' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l ocsp -d 'OCSP responses (DER), or directories of them; repeat for several. They count as the lists of `--crl` do, and whoever revokes is not outvoted. One that tells of the leaf alone goes with `--revocation leaf`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l revocation -d 'Of which certificates revocation is asked [default: chain with --crl or --ocsp]' -r -f -a "leaf\t'Of the leaf'
chain\t'Of the leaf and of the authorities below the bundle\'s'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l max-depth -d 'The most authorities between leaf and bundle, self-issued ones not counted' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l public-suffixes -d 'The list of publicsuffix.org: wildcards right below one of its suffixes are refused (profile webpki)' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l any-id -d 'Accept any identity that the bundle vouches for'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l accept-unknown-revocation -d 'Accept certificates that no usable revocation list or response covers, with a remark'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l require-policy -d 'Demand a certificate policy that is valid through the whole path (RFC 5280 §6.1)'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l strict -d 'Also refuse what an issuer should not have done'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l trace -d 'Tell every path that was tried and every rule that was checked'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l diff -d 'Show where this certificate differs from the one in the input' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l entries -d 'How many entries of a revocation list to show' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l password -d 'Where the password of a PKCS#12 file is: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l fail-on -d 'The mildest severity that fails the run: info, low, medium, high or critical' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l baseline -d 'Mark the findings that this baseline file knows, and do not count them' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l write-baseline -d 'Write the findings of this run to a new baseline file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l exit-zero -d 'Exit with 0 even if findings would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l no-ignores -d 'Count findings that a comment sets aside'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l server-name -d 'The name that the server is asked for, instead of HOST' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l bundle -d 'The authorities to trust; with several, whose each is; repeat for several' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l spiffe-id -d 'The workload that the server must be, instead of its name' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l trust-domain -d 'The trust domain that the server must be of, instead of its name' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l save-chain -d 'Write the chain that the server sends to this file, PEM' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l timeout -d 'The time for each connection, and to wait for a late refusal' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l allow-local -d 'Allow loopback, link-local and metadata addresses'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l spiffe-id -d 'The workload\'s SPIFFE ID' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l dns -d 'A DNS name; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l ip -d 'An IP address; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l common-name -d 'A common name in the subject' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l key -d 'The private key to be certified, without a password' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l key-out -d 'Where to write a new private key, readable by its owner alone' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l key-type -d 'The kind of the new key' -r -f -a "p256\t'ECDSA on P-256'
p384\t'ECDSA on P-384'
ed25519\t'Ed25519'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l out -d 'The file for the request' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l force -d 'Replace files that exist'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from request" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l ca -d 'The authority\'s directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l ca-password -d 'Where the password of the authority\'s keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l signer -d 'A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l root-key -d 'The root\'s key, if it is not in the directory; needed for what the root signs' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l profile -d 'What the certificate is for: svid, server, client, ca, istio-cacerts, linkerd or ocsp' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l spiffe-id -d 'The workload\'s SPIFFE ID' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l dns -d 'A DNS name; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l ip -d 'An IP address; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l common-name -d 'A common name in the subject' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l csr -d 'Certify the key of this certification request; its SPIFFE ID, DNS names and addresses are asked for too' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l key -d 'Certify this key, public or private, instead of a new one' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l key-type -d 'The kind of the new key' -r -f -a "p256\t'ECDSA on P-256'
p384\t'ECDSA on P-384'
ed25519\t'Ed25519'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l ttl -d 'How long it lives [default: 1h, authorities 90d, ocsp 24h; no longer than the policy allows]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l from -d 'Issue a list instead: CSV, YAML, or manifests with ServiceAccounts' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l out -d 'The directory to write to' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l reproducible -d 'Derive new keys and serial numbers from the seed that is there, instead of chance: env:NAME, file:PATH, fd:N, stdin or prompt. Needs `--at`, and Ed25519 keys; whoever has the seed has every key' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l resume -d 'Keep what an interrupted run of `--from` has issued already'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l proof -d 'Also write the proof that the log holds the certificate (`.tlog-proof`)'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l plaintext-keys -d 'Write the private key of a `ca` certificate without a password; else it gets that of the authority\'s keys'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l force -d 'Replace files that exist'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l ca -d 'The authority\'s directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l ca-password -d 'Where the password of the authority\'s keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l signer -d 'A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l root-key -d 'The root\'s key, if it is not in the directory; needed for what the root signs' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l threshold -d 'At which part of its life it is renewed, such as 2/3 or 66%; each a little earlier by its serial number' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l spiffe-id -d 'The SPIFFE ID that it should bear' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l dns -d 'The DNS names that it should bear, if any are given; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l ip -d 'The addresses that it should bear, if any are given; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l profile -d 'The profile that it should have' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l key-type -d 'The kind of the new key [default: that of the old one]' -r -f -a "p256\t'ECDSA on P-256'
p384\t'ECDSA on P-384'
ed25519\t'Ed25519'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l ttl -d 'How long it lives [default: as long as the one before]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l hook -d 'A program to run when the files are exchanged; it is given the directory. No shell is between' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l reload-pid -d 'A file with the number of a process that is sent SIGHUP when the files are exchanged' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l same-key -d 'Keep the key instead of making a new one'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l force -d 'Renew it also if it is not due'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from renew" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l ca -d 'The authority\'s directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l ca-password -d 'Where the password of the authority\'s keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l signer -d 'A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l root-key -d 'The root\'s key, if it is not in the directory; needed for what the root signs' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l threshold -d 'At which part of its life it is renewed, such as 2/3 or 66%; each a little earlier by its serial number' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l spiffe-id -d 'The SPIFFE ID that it should bear' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l dns -d 'The DNS names that it should bear, if any are given; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l ip -d 'The addresses that it should bear, if any are given; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l profile -d 'The profile that it should have' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l key-type -d 'The kind of the new key [default: that of the old one]' -r -f -a "p256\t'ECDSA on P-256'
p384\t'ECDSA on P-384'
ed25519\t'Ed25519'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l ttl -d 'How long it lives [default: as long as the one before]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l hook -d 'A program to run when the files are exchanged; it is given the directory. No shell is between' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l reload-pid -d 'A file with the number of a process that is sent SIGHUP when the files are exchanged' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l interval -d 'How often to look at least' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l on-expiry -d 'What to do if the certificate has expired all the same' -r -f -a "retry\t'Go on trying'
exit\t'End, so that whoever runs this sees it'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l same-key -d 'Keep the key instead of making a new one'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l once -d 'Do one round and end'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l threshold -d 'At which part of its life it is renewed, such as 2/3 or 66%; each a little earlier by its serial number' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l spiffe-id -d 'The SPIFFE ID that it should bear' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l dns -d 'The DNS names that it should bear, if any are given; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l ip -d 'The addresses that it should bear, if any are given; repeat for more' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l profile -d 'The profile that it should have' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l ca -d 'The authority whose current issuer it should be of, and that may have revoked it' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l ca -d 'The authority\'s directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l ca-password -d 'Where the password of the authority\'s keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l signer -d 'A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l root-key -d 'The root\'s key, if it is not in the directory; needed for what the root signs' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l reason -d 'Why: key-compromise, superseded, cessation-of-operation, privilege-withdrawn, affiliation-changed, ca-compromise, certificate-hold, or remove-from-crl to end a hold' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l invalid-since -d 'Since when it is known or suspected to be bad' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l ca -d 'The authority\'s directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l ca-password -d 'Where the password of the authority\'s keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l signer -d 'A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l root-key -d 'The root\'s key, if it is not in the directory; needed for what the root signs' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l by -d 'Whose list' -r -f -a "issuing\t'The issuing authority\'s'
root\t'The root\'s'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l next-update -d 'When the next list is due' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l point -d 'The URL where it is published, if it is for certificates that name that place alone (critical)' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l delta-url -d 'The URL where its deltas are published; `{shard}` in it stands for the number of a list of the policy\'s `crl-shards`' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l istio -d 'Make `ca-crl.pem` in this directory of an `istio-cacerts` certificate instead' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l ocsp -d 'Make the OCSP response of this certificate instead, for its server to staple (`crl/ocsp/SERIAL.der`); repeat for more' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l responder -d 'Sign the OCSP responses with what `cert issue --profile ocsp` wrote to this directory, not with the issuer\'s key' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l delta -d 'Only what changed since the last complete list'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from crl" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -f -a "export" -d 'Write what others are to trust, in the form that they take'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -f -a "plan" -d 'Plan the rotation of a root: prepare, activate, retire, and who breaks at each step'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -f -a "diff" -d 'Show what changed from one bundle, or map of bundles, to another'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -f -a "import" -d 'Take the bundle of another trust domain from a file'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -f -a "fetch" -d 'Fetch the bundle of another trust domain from its endpoint'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from bundle" -f -a "serve" -d 'Serve a bundle to other trust domains over https'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -f -a "prove" -d 'Prove that a certificate is in the log, or that the log still holds what it held'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -f -a "verify" -d 'Verify a log, a proof that it holds a certificate, or that it still holds what it held'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -f -a "audit" -d 'Hold the log against the authority\'s directory, and against certificates seen in the wild'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -f -a "watch" -d 'Look for what is unusual in the log'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from log" -f -a "cosign" -d 'Have the log\'s newest checkpoint cosigned by witnesses'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l ca -d 'The authority\'s directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l ca-password -d 'Where the password of the authority\'s keys is: env:NAME, file:PATH, fd:N, stdin or prompt [default: prompt]' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l signer -d 'A program that signs for an issuing authority whose key is elsewhere: exec:PROGRAM' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l root-key -d 'The root\'s key, if it is not in the directory; needed for what the root signs' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l count -d 'How many handshakes are timed' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l path -d 'The path of the SPIFFE IDs, if the policy allows not any' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from selftest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l bundle -d 'The authorities to trust, PEM or DER' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l peer -d 'What the leaf\'s owner does in TLS, so that its purpose is checked' -r -f -a "server\t'It serves: serverAuth'
client\t'It connects: clientAuth'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand cert; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "run" -d 'Join an HR roster with a list of grants and judge the risks'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "import" -d 'Import an export into a campaign'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "open" -d 'Freeze the population of a campaign, judge the risks, and assign reviewers'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "status" -d 'Show where a campaign stands, and whether its file is as it was written'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "sheet" -d 'Write a sheet for each reviewer who is to decide'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "decide" -d 'Take the decisions of a sheet that came back'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "serve" -d 'Decide in a browser, on this machine'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "remind" -d 'Say who owes what'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "escalate" -d 'Ask the managers of those who owe answers, too'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "close" -d 'Close a campaign'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "remediate" -d 'Say what is to be done about what was revoked'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "verify-remediation" -d 'Prove by new exports that what was revoked is gone'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "diff" -d 'Compare two campaigns by meaning'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "report" -d 'Report what a campaign came to'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "usage" -d 'Count who used which permission, when last and how often, in audit logs of any size'
complete -c countersign -n "__fish_countersign_using_subcommand review; and not __fish_seen_subcommand_from run import open status sheet decide serve remind escalate close remediate verify-remediation diff report usage evidence" -f -a "evidence" -d 'Write or check what an auditor gets'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l hr -d 'The HR roster, a CSV file or `-`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l grants -d 'The grants, a CSV file or `-`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l out -d 'Also write report.html, findings.csv, population.csv and review.json into this directory' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l dormant-after -d 'An account that was not used for longer is dormant' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l key-max-age -d 'A key that was not changed for longer is too old' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l usage-window -d 'How far back the log behind `last_used` reaches; without it an empty cell proves nothing' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l fail-on -d 'The mildest severity that fails the run: info, low, medium, high or critical' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l force -d 'Replace files of an earlier review in the directory'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l allow-gaps -d 'Let accounts that a rule could not judge pass; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l exit-zero -d 'Exit with 0 even if findings would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l campaign -d 'The campaign\'s file; begun where nothing is' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l system -d 'What to call the system, where the export\'s own name is not wanted' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l filter -d 'The filter or query that made the export, for whoever asks later; for some kinds it decides what the rows mean' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l exported-at -d 'When the export was made' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l usage-since -d 'From when on the last uses in it are complete; without it an empty one proves nothing' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l mapping -d 'For the kind `mapped`: which column is which field, TOML' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l list -d 'List the kinds'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l policy -d 'The policy, TOML' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l previous -d 'The campaign before this one, to tell what is new, who moved, and what came back' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l fail-on -d 'The mildest severity that fails the run: info, low, medium, high or critical' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l dry-run -d 'Only say what would be frozen'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l exit-zero -d 'Exit with 0 even if findings would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from open" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l expect-head -d 'The head that was written down earlier: its event must still be in the history' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l out -d 'The directory for the sheets' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l as -d 'The form: a table or a workbook for spreadsheets, or a page for a browser' -r -f -a "csv\t'CSV'
xlsx\t'A workbook, for Excel and LibreOffice'
html\t'One page of HTML that works offline'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l reviewer -d 'Only for this reviewer: an address or an id' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l force -d 'Replace sheets that are there'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from sheet" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l as -d 'Who decided: the address or id of the reviewer whose sheet it is' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from decide" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l as -d 'Who decides: the address or id of the reviewer' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l port -d 'The port; 0 takes a free one' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l when-due -d 'Say nothing before the first reminder of the policy is due'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remind" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l now -d 'Also before the time that the policy sets'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from escalate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l acknowledged-by -d 'Who answers for the review: an address or id on the roster' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l statement -d 'What they say' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l early -d 'Close before the deadline although answers are owed'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from close" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from remediate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l with -d 'A campaign\'s file with the new exports' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l by -d 'Who does this, for the history; otherwise the user of the system' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l adopt -d 'Go on with a file that was copied or moved; the history says so'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from verify-remediation" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l log -d 'What kind of logs they are; not needed for parts alone' -r -f -a "cloudtrail\t'AWS CloudTrail'
okta\t'The system log of Okta'
entra\t'Sign-ins of Microsoft Entra'
kubernetes\t'The audit log of Kubernetes'
generic\t'Any other, with --map'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l into -d 'Keep the result here, added to what is there already' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l system -d 'What the permissions are of, such as `aws` or `payroll`, unless the kind of log says it' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l map -d 'Which member is the `principal`, `permission`, `time`, `id` or `outcome`, such as `principal=actor.email`' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l success -d 'A value of the outcome that means success' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l unit -d 'The unit of times that are numbers' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l engine -d 'Have Spark count: the URL of its Connect server, such as `sc://spark.example:15002` or `sc://HOST/;use_ssl=true`' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l from -d 'What Spark reads: a table, or files as `json:` or `parquet:` and a path that it reaches, such as `json:s3a://logs/2026/`' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l engine-token -d 'The token that the Connect server wants, as a reference: env:NAME, file:PATH, fd:N, stdin or prompt' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l engine-timeout -d 'How long Spark may take' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l memory -d 'How much memory the groups may take before they are sorted into files' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l threads -d 'How many threads to use, instead of one for each processor' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l show -d 'How many of the longest unused permissions to show' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l all-succeeded -d 'There is no outcome: every row is a success'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l forget-events -d 'Keep no ids of events: a part is smaller, and copies of events are noticed within one run only'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l allow-gaps -d 'End with 0 though rows could not be used; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -a "plan" -d 'Print the SQL with which a warehouse counts the same'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from usage" -a "import" -d 'Take back what a warehouse counted'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -f -a "create" -d 'Write what an auditor gets: one directory, signed'
complete -c countersign -n "__fish_countersign_using_subcommand review; and __fish_seen_subcommand_from evidence" -f -a "verify" -d 'Check a bundle with the public key alone'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l root-namespace -d 'The mesh\'s root namespace [default: istio-system]' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l assume -d 'What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME, linkerd-default=POLICY (what Linkerd\'s control plane lets in where nothing says it, such as all-unauthenticated), consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods\' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l fail-on -d 'The mildest severity that fails the run: info, low, medium, high or critical' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l baseline -d 'Mark the findings that this baseline file knows, and do not count them' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l write-baseline -d 'Write the findings of this run to a new baseline file' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l persona -d 'For whom: regular, pedantic (what could be stricter, too) or auditor (what a person should look at, too)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l fix -d 'Edit the files: safe fixes change nothing that works, `all` may refuse what works today' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l at -d 'Judge as if it were this time (RFC 3339), instead of now' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l exit-zero -d 'Exit with 0 even if findings would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l no-ignores -d 'Count findings that a comment sets aside'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -l skip-unread -d 'Let the run pass although documents were not read; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -a "assert" -d 'Hold assertions about who reaches whom against the manifests'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -a "diff" -d 'Tell what a change of the manifests opens'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -a "generate" -d 'Write the smallest policies under which wanted connections work'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -a "reach" -d 'Tell who can reach whom, by which rules at which lines'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -a "mtls" -d 'Show the mTLS mode that really holds for each workload and port'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and not __fish_seen_subcommand_from assert diff generate reach mtls rules" -a "rules" -d 'List the rules of lint'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l root-namespace -d 'The mesh\'s root namespace [default: istio-system]' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l assume -d 'What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME, linkerd-default=POLICY (what Linkerd\'s control plane lets in where nothing says it, such as all-unauthenticated), consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods\' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l skip-unread -d 'Let the run pass although documents were not read; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from assert" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l path -d 'Only what is below this path of both states; repeatable' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l root-namespace -d 'The mesh\'s root namespace [default: istio-system]' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l assume -d 'What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME, linkerd-default=POLICY (what Linkerd\'s control plane lets in where nothing says it, such as all-unauthenticated), consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods\' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l fail-on -d 'What fails the run' -r -f -a "widened\t'A path that opened, or mTLS that was lost'
findings\t'A finding that was not there before'
any\t'Either'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l skip-unread -d 'Let the run pass although documents were not read; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l exit-zero -d 'Exit with 0 even if something would fail the run'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l assertions -d 'Assertions, as `lint assert` reads them' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l flows -d 'Observed flows: Hubble\'s JSON, one a line' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l root-namespace -d 'The mesh\'s root namespace [default: istio-system]' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l assume -d 'What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME, linkerd-default=POLICY (what Linkerd\'s control plane lets in where nothing says it, such as all-unauthenticated), consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods\' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l references -d 'The names of Services in the containers\' commands, arguments and variables'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l mesh -d 'Write AuthorizationPolicies for the callers\' identities and STRICT PeerAuthentications too'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l skip-unread -d 'Let the run pass although documents were not read; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l root-namespace -d 'The mesh\'s root namespace [default: istio-system]' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l assume -d 'What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME, linkerd-default=POLICY (what Linkerd\'s control plane lets in where nothing says it, such as all-unauthenticated), consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods\' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l to -d 'Who can reach this: NS/WORKLOAD, with :PORT for one port (8443, 53/udp, 8000-8010, or a name)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l from -d 'Whom this can reach: NS/WORKLOAD' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l only -d 'With --to: prove that nobody else reaches it. NS/WORKLOAD, NS/* or a CIDR block; repeatable' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l skip-unread -d 'Let the run pass although documents were not read; they are listed all the same'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l matrix -d 'Every pair'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from reach" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l root-namespace -d 'The mesh\'s root namespace [default: istio-system]' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l assume -d 'What the input does not say: mesh-mtls=strict, =permissive or =disable, root-namespace=NAME, linkerd-default=POLICY (what Linkerd\'s control plane lets in where nothing says it, such as all-unauthenticated), consul-default=deny or =allow (the default policy of its ACLs), pod-cidr=CIDR (the pods\' addresses), blocks-hold-no-pods, or closed-world (nothing is missing from the input)' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -s n -l namespace -d 'Only the workloads of this namespace' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l exclude -d 'A workload, or all of a namespace, that is meant to be as it is: it is shown and does not count; may be repeated' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l exit-zero -d 'Exit with 0 although something is not strict'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from mtls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand lint; and __fish_seen_subcommand_from rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand explain" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand explain" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand explain" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand explain" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand explain" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand explain" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand explain" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand explain" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand config; and not __fish_seen_subcommand_from show" -f -a "show" -d 'Show the configuration in force'
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l origin -d 'Also say where each value comes from'
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c countersign -n "__fish_countersign_using_subcommand completions" -l format -d 'How to write the result' -r -f -a "human\t'For people'
json\t'A versioned JSON envelope'
sarif\t'SARIF 2.1.0, for code scanning'
junit\t'JUnit XML, for CI test reports'
github\t'GitHub workflow annotations'
markdown\t'Markdown, for a pull request'
csv\t'CSV, for spreadsheets'
dot\t'Graphviz, for graphs'
svg\t'SVG, for pictures'
xlsx\t'XLSX, a workbook for Excel and LibreOffice'
html\t'One HTML file that works offline'
oscal\t'OSCAL assessment results, for compliance tools'
ocsf\t'OCSF findings, one line each, for security lakes'"
complete -c countersign -n "__fish_countersign_using_subcommand completions" -s o -l output -d 'Write the result to a file, whole or not at all, instead of standard output' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand completions" -l color -d 'When to use colours' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c countersign -n "__fish_countersign_using_subcommand completions" -l config -d 'Read this configuration file instead of the nearest `countersign.toml`' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand completions" -l audit-log -d 'Append a decision record for each verdict to this file, one line of JSON each' -r -F
complete -c countersign -n "__fish_countersign_using_subcommand completions" -l correlation-id -d 'An id (or a W3C traceparent) that the decision record carries' -r
complete -c countersign -n "__fish_countersign_using_subcommand completions" -s q -l quiet -d 'Print no notes and no progress on standard error'
complete -c countersign -n "__fish_countersign_using_subcommand completions" -l no-progress -d 'Draw no progress bars'
complete -c countersign -n "__fish_countersign_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
