#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Has testssl.sh look at a running key holder, and fails on any finding above "info" that is not explained below (and in
# docs/assurance.md). Takes two to three minutes; needs the Debian package testssl.sh.
#
#   tests/checks/tls.sh BUILD
set -eu
build=$(cd "${1:?usage: tests/checks/tls.sh BUILD}" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
daemon=
trap 'test -z "$daemon" || kill "$daemon"; rm -rf "$work"' EXIT
LISTEN=0 DAYS=365 "$root/tests/support/make_scheme.sh" "$work/scheme" "$build" 1 2 3 4
cd "$work/scheme"
mkfifo ready
"$build/keys/keyholderd/keyholderd" --config holder-1.ini >ready 2>log &
daemon=$!
read -r _ port <ready
# A handshake without a certificate ends with an alert, sooner or later than s_client does: it shows one.
cat >openssl <<SCRIPT
#!/bin/sh
command=\$1
shift
[ "\$command" != s_client ] || set -- "\$@" -cert "$PWD/north.crt" -key "$PWD/north.key"
exec $(command -v openssl) "\$command" "\$@"
SCRIPT
chmod +x openssl
testssl --openssl "$PWD/openssl" --quiet --color 0 --warnings batch --jsonfile "$work/findings.json" "127.0.0.1:$port" </dev/null >"$work/report" || true
python3 - "$work/findings.json" <<'PYTHON'
import json, sys

EXPLAINED = {
    "cert_chain_of_trust": "the scheme has its own CA, and nothing else is trusted",
    "cert_revocation": "revocation is the signed roster and the deny list, asked at every request",
    "DNS_CAArecord": "a throwaway scheme on an address without a name",
    "engine_problem": "about testssl.sh's own OpenSSL",
    "HSTS": "for browsers, which have no business here; nothing is served without TLS",
}
findings = json.load(open(sys.argv[1], encoding="utf-8"))
above = [f for f in findings if f["severity"] not in ("OK", "INFO")]
unexplained = [f for f in above if f["id"] not in EXPLAINED]
for finding in above:
    why = EXPLAINED.get(finding["id"], "NOT EXPLAINED")
    print(f'{finding["severity"]:9} {finding["id"]}: {finding["finding"][:80]} ({why})')
offered = [f["id"] for f in findings if f["id"].startswith(("SSL", "TLS")) and f["severity"] in ("OK", "INFO")
           and f["finding"].startswith("offered")]
print(f"{len(findings)} findings, {len(above)} above info, {len(unexplained)} not explained; offered: {', '.join(offered)}")
sys.exit(1 if unexplained or offered != ["TLS1_3"] or len(findings) < 50 else 0)
PYTHON
