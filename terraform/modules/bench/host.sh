# Measures the candidates one after the other and shuts the host down, which terminates it. Runs as the
# host's user data, after lines that set region, results, input, files, candidates ("TYPE=ID …"), user,
# binary_url, binary_sha256, limit_secs and work.
#
# What it writes below $results: status (one line, rewritten as things go), TYPE/ (a run directory, as
# soon as it has ended, however it did), TYPE.log and host.log. The last status begins with "ended",
# "time-limit" or "failed".

# shellcheck shell=sh disable=SC2154
set -eu
umask 077
began=$(date +%s)
# For the AWS command line and for cachefit; user data starts without a home.
export HOME=/root AWS_REGION="$region" AWS_DEFAULT_REGION="$region"
mkdir -p "$work"
cd "$work"
exec >host.log 2>&1

report() {
    echo "$1"
    echo "$1" | aws s3 cp --only-show-errors - "$results/status"
}

why="the host's script stopped; host.log says where"
last=
finish() {
    trap - EXIT
    # Results are there already; nothing that fails here keeps the host running.
    report "${last:-failed: $why}" || :
    aws s3 cp --only-show-errors host.log "$results/host.log" || :
    systemctl poweroff
}
trap finish EXIT

# Whatever becomes of this script, the host is gone after the limit.
systemd-run --unit=cachefit-bench-limit --on-active="$limit_secs" \
    --timer-property=AccuracySec=1s systemctl poweroff

report "starting"

fetch() {
    case $1 in
    s3://*) aws s3 cp --only-show-errors "$1" "$2" ;;
    *) curl --fail --silent --show-error --location --proto '=https' --proto-redir '=https' \
        --tlsv1.2 --output "$2" "$1" ;;
    esac
}

why="cachefit could not be fetched from $binary_url"
fetch "$binary_url" cachefit
found=$(sha256sum cachefit | cut -d ' ' -f 1)
why="the SHA-256 of $binary_url is $found, not $binary_sha256"
[ "$found" = "$binary_sha256" ]
chmod u+x cachefit
why="cachefit does not run on this host"
./cachefit --version

why="the workload file or one that it names could not be fetched"
for file in $files; do
    fetch "$input/$file" "$file"
done

# Enough before the limit to upload what there is.
stop=$((began + limit_secs - 180))
outcomes=
for candidate in $candidates; do
    type=${candidate%%=*} id=${candidate#*=}
    left=$((stop - $(date +%s)))
    if [ "$left" -lt 60 ]; then
        last="time-limit: not measured any more: $type;${outcomes:- nothing}"
        break
    fi
    report "measuring $type;${outcomes:- the first}" || :
    # Interrupted, cachefit keeps what it has and removes its keys.
    code=0
    timeout --signal=INT --kill-after=60 "$left" ./cachefit plan workload.toml --elasticache "$id" \
        --user "$user" --iam --out "$type" >"$type.log" 2>&1 || code=$?
    outcomes="$outcomes $type=$code"
    why="the results of $type could not be uploaded;$outcomes"
    if [ -d "$type" ]; then
        aws s3 cp --only-show-errors --recursive "$type" "$results/$type"
    fi
    aws s3 cp --only-show-errors "$type.log" "$results/$type.log"
    if [ "$code" -eq 124 ] || [ "$code" -eq 137 ]; then
        last="time-limit: interrupted: $type;$outcomes"
        break
    fi
done
: "${last:="ended:$outcomes"}"
