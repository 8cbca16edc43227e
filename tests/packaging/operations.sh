#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds docs/operations.md to the alert rules and to the programs: every alert has its section, every section its alert,
# and every command that the page gives exists. promtool checks the rules where it is there.
#   operations.sh SOURCE BUILD
set -eu
page="$1/docs/operations.md"
rules="$1/packaging/signpost.rules.yml"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n 's/^ *- alert: //p' "$rules" | sort >"$work/alerts"
[ -s "$work/alerts" ] || { echo "no alert in $rules" && exit 1; }
[ -z "$(uniq -d "$work/alerts")" ] || { echo "an alert stands twice" && exit 1; }
sed -n 's/^### \(Signpost[A-Za-z]*\)$/\1/p' "$page" | sort >"$work/sections"
diff "$work/alerts" "$work/sections" || { echo "alerts (<) and sections (>) differ" && exit 1; }
# Each section says what it means, where to look first and what mends it.
awk '/^### Signpost/ {name = $2; n = 0} /^(Meaning|First look|Mend): / {n++} /^### Signpost/ || /^## / {next}
     name != "" {count[name] = n > count[name] ? n : count[name]} END {for (s in count) if (count[s] != 3) {print s; bad = 1} exit bad}' "$page" ||
  { echo "these sections lack Meaning, First look or Mend" && exit 1; }

# Subcommands, as the programs list them; options are the manual's affair.
status=0
for program in indexd/indexctl client/signpost keys/ceremony/ceremony; do
  name=${program##*/}
  "$2/$program" --help | sed -n 's/^  \([a-z-]*\)  .*/\1/p' >"$work/known"
  grep -oE "(^|[ \`])$name [a-z-]+" "$page" | awk '{print $NF}' | sort -u >"$work/used"
  while read -r used; do
    grep -qx -- "$used" "$work/known" || { echo "$name has no $used" && status=1; }
  done <"$work/used"
done
[ $status -eq 0 ] || exit 1

if command -v promtool >/dev/null; then
  promtool check rules "$rules" || exit 1
  (cd "$1/packaging" && promtool test rules signpost.rules.test.yml) || exit 1
else
  echo "promtool is not installed: the rules' syntax was not checked by it"
fi
