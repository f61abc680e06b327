# What the scripts in tools/ share. Sourced by bash, never run.
#
# After it is sourced, the current folder is the top of the source tree and
# $top names it.

set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$top"
me=${0##*/}

# say TEXT: one line of progress, on standard error, so that what a script
# prints as its result stays clean.
say() {
	printf '%s: %s\n' "$me" "$*" >&2
}

# die TEXT: says why, and ends the script.
die() {
	printf '%s: error: %s\n' "$me" "$*" >&2
	exit 1
}

# quietly LOG WHAT COMMAND...: runs the command with its output in the file
# LOG; where it fails, shows the end of LOG and says which step failed.
quietly() {
	local log=$1 what=$2
	shift 2
	say "$what"
	if ! "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		die "failed: $what (the whole output is in $log)"
	fi
}

# usage_from FILE: prints the comment block at the top of a script, which is
# its help.
usage_from() {
	sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$1"
}

# debian_codename: the release that this machine runs, such as bookworm.
debian_codename() {
	local codename
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	[ -n "$codename" ] ||
		die "/etc/os-release names no VERSION_CODENAME; is this Debian?"
	printf '%s\n' "$codename"
}

# as_root COMMAND...: runs it as root: directly, or by sudo where there is one.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this step needs root: $*"
	fi
}

# default_unbound: where tools/build-unbound puts the Unbound of this release.
default_unbound() {
	printf '%s/build/unbound-%s\n' "$top" "$(debian_codename)"
}

# sanitizer WHICH: sets `sanitized` to the compiler and flags, as configure
# takes them, with which a program looks at itself: at its use of memory, and
# for undefined behaviour (address), or for data races (thread).
sanitizer() {
	local flags='-g -O1 -fno-omit-frame-pointer'
	case "$1" in
	address)
		sanitized=(CC=gcc CFLAGS="$flags -fsanitize=address,undefined -fno-sanitize-recover=undefined") ;;
	thread)
		sanitized=(CC=clang CFLAGS="$flags -fsanitize=thread") ;;
	*)
		die "there is no sanitizer \"$1\", only address and thread" ;;
	esac
}
